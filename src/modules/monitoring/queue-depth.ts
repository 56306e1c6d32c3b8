import { Injectable } from '@nestjs/common';
import { HotDatabase } from '../../platform/database/hot-database.js';
import { QUEUE_DEPTH, QUEUE_DEPTH_OF_PROJECTS } from '../../platform/database/sql/queue-depth.sql.js';

/** How much waits to start. */
export interface WaitingDepth {
  /** May start now. */
  ready: number;
  /** Wait for their time: retries, jitter. */
  delayed: number;
  /** Wait for a slot of their job. */
  held: number;
  /** Wait for other jobs. */
  waiting: number;
}

/** How much waits in the queue, and how much was taken from it. */
export interface Depth extends WaitingDepth {
  /** In the hands of workers. */
  claimed: number;
  /** Age of the oldest that may start, in seconds. */
  oldestSeconds: number;
}

@Injectable()
export class QueueDepth {
  constructor(private readonly database: HotDatabase) {}

  async read(): Promise<Depth> {
    const [row] = await this.database.rows<Depth>(QUEUE_DEPTH, []);
    return row ?? { ready: 0, delayed: 0, held: 0, waiting: 0, claimed: 0, oldestSeconds: 0 };
  }

  /** What waits to start. @param projects the only ones to look at; null: all */
  async waiting(projects: readonly string[] | null): Promise<WaitingDepth> {
    if (projects === null) return this.read();
    const [row] = await this.database.rows<WaitingDepth>(QUEUE_DEPTH_OF_PROJECTS, [projects]);
    return row ?? { ready: 0, delayed: 0, held: 0, waiting: 0 };
  }
}
