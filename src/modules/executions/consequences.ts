import { Injectable } from '@nestjs/common';
import type { StatementRunner } from '../../platform/database/statement-runner.js';
import type { EndedExecution } from './ended-execution.js';
import { FlowControl } from './flow-control.js';

/**
 * What follows from the end of an execution, in the transaction that records the end: all or nothing.
 * Called after a careful settlement, a rescue and a cancellation.
 */
@Injectable()
export class Consequences {
  constructor(private readonly flow: FlowControl) {}

  async apply(runner: StatementRunner, ended: readonly EndedExecution[]): Promise<void> {
    const freed = ended.filter((execution) => execution.flow && execution.state !== 'queued');
    if (freed.length > 0) {
      await this.flow.release(
        runner,
        freed.map((execution) => execution.jobId),
      );
    }
  }
}
