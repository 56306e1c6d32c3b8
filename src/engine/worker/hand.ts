import type { Claim } from '../../modules/executions/claimed-execution.js';
import { Attempt } from './attempt.js';

/** Places of the buffer that may stay empty at its beginning. */
const MOST_STARTED = 1_000;

/** The attempts of a worker, from their claim until their record: buffered ones, running ones, ended ones. */
export class Hand {
  private readonly attempts = new Map<string, Attempt>();
  private buffer: Attempt[] = [];
  /** Where the buffer begins: to move thousands up by one for each start would cost more than the start. */
  private first = 0;

  /** Takes up what was claimed; it is not buffered yet. */
  take(claim: Claim): Attempt[] {
    const attempts = claim.executions.map((execution) => new Attempt(claim.claimId, execution));
    for (const attempt of attempts) {
      // It was taken from this very worker, which has not noticed yet.
      this.attempts.get(attempt.id)?.stop('lease-lost');
      this.attempts.set(attempt.id, attempt);
    }
    return attempts;
  }

  /** Lets attempts wait for their start, as far as they are still held. */
  bufferUp(attempts: readonly Attempt[]): void {
    for (const attempt of attempts) if (this.holds(attempt)) this.buffer.push(attempt);
  }

  /** The next one to start. */
  next(): Attempt | undefined {
    const attempt = this.buffer[this.first];
    if (attempt === undefined) return undefined;
    this.first++;
    if (this.first >= MOST_STARTED || this.buffered === 0) this.keep(() => true);
    return attempt;
  }

  get buffered(): number {
    return this.buffer.length - this.first;
  }

  all(): readonly Attempt[] {
    return [...this.attempts.values()];
  }

  find(executionId: string): Attempt | undefined {
    return this.attempts.get(executionId);
  }

  /** Whether it is this very attempt that is held, and not a later one of the same execution. */
  holds(attempt: Attempt): boolean {
    return this.attempts.get(attempt.id) === attempt;
  }

  forget(attempt: Attempt): void {
    if (this.holds(attempt)) this.attempts.delete(attempt.id);
  }

  /** Forgets it, also where it waits for its start. */
  drop(attempt: Attempt): void {
    this.forget(attempt);
    this.keep((buffered) => buffered !== attempt);
  }

  /** Forgets those that have waited for their start for longer than `olderThanMs`; default: all. @returns them */
  dropBuffered(olderThanMs = -Infinity): Attempt[] {
    const before = performance.now() - olderThanMs;
    const old: Attempt[] = [];
    this.keep((attempt) => attempt.claimedAt >= before || old.push(attempt) === 0);
    for (const attempt of old) this.forget(attempt);
    return old;
  }

  private keep(isKept: (attempt: Attempt) => boolean): void {
    this.buffer = this.buffer.slice(this.first).filter(isKept);
    this.first = 0;
  }
}
