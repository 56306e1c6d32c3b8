import { createHash } from 'node:crypto';
import type { Redactor } from '../../../domain/execution/redaction.js';
import type { CallVerdict, Circuits } from '../../../executors/executor.js';

/** The circuits of a worker, as its attempts ask them. */
export interface WorkerCircuits {
  readonly allClosed: boolean;
  blocks(origin: string, executionId: string): boolean;
  obstacle(origins: readonly string[], executionId: string): Promise<string | null>;
  report(origin: string, verdict: CallVerdict, reason: string, executionId: string): void;
  finished(executionId: string): void;
}

/** The circuits as one attempt sees them. Origins that hold a secret are kept under a hash. */
export class AttemptCircuits implements Circuits {
  constructor(
    private readonly breakers: WorkerCircuits,
    private readonly executionId: string,
    private readonly redactor: Redactor,
  ) {}

  blocks(origin: string): boolean {
    return !this.breakers.allClosed && this.breakers.blocks(this.named(origin), this.executionId);
  }

  report(origin: string, verdict: CallVerdict, reason: string): void {
    this.breakers.report(this.named(origin), verdict, this.redactor.text(reason), this.executionId);
  }

  /** What the attempt has to wait for before it starts; null: nothing. */
  obstacle(origins: readonly string[]): Promise<string | null> {
    return this.breakers.obstacle(
      origins.map((origin) => this.named(origin)),
      this.executionId,
    );
  }

  /** No call follows any more. */
  finished(): void {
    this.breakers.finished(this.executionId);
  }

  private named(origin: string): string {
    if (this.redactor.text(origin) === origin) return origin;
    return `secret:${createHash('sha256').update(origin).digest('hex').slice(0, 16)}`;
  }
}
