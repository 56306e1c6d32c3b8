import { Injectable } from '@nestjs/common';
import type { StatementRunner } from '../../platform/database/statement-runner.js';
import type { EndedExecution } from './ended-execution.js';

/** A feature for which the end of executions has consequences: slots, dependents, workflow runs, deliveries. */
export interface Follower {
  /** Flow-controlled jobs of which `follow` may record executions; of all followers, before any of them prepares. */
  mayStart?(runner: StatementRunner, ended: readonly EndedExecution[]): Promise<readonly string[]>;
  /**
   * Takes the locks that `follow` needs; of all followers, before any of them follows.
   * @param starting what all followers may start: ends that lead to each other's jobs take their locks in one order
   */
  prepare?(
    runner: StatementRunner,
    ended: readonly EndedExecution[],
    starting: readonly string[],
  ): Promise<void>;
  /**
   * Writes what follows, in the transaction that records the ends. `ended` may also hold executions that wait for
   * their next attempt (`delayed`) or were rescued (`queued`).
   */
  follow(runner: StatementRunner, ended: readonly EndedExecution[]): Promise<void>;
}

/**
 * What follows from the end of executions, in the transaction that records it: all or nothing. Called after a
 * careful settlement, a rescue and a cancellation. Features register themselves, so that this module need not
 * know them.
 */
@Injectable()
export class Consequences {
  private readonly followers: Follower[] = [];

  register(follower: Follower): void {
    this.followers.push(follower);
  }

  async apply(runner: StatementRunner, ended: readonly EndedExecution[]): Promise<void> {
    if (ended.length === 0) return;
    const starting: string[] = [];
    for (const follower of this.followers)
      starting.push(...((await follower.mayStart?.(runner, ended)) ?? []));
    for (const follower of this.followers) await follower.prepare?.(runner, ended, starting);
    for (const follower of this.followers) await follower.follow(runner, ended);
  }
}
