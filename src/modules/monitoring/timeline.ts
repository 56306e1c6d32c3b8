import { Injectable } from '@nestjs/common';
import { timelineCut } from '../../domain/execution/timeline.js';
import { DatabaseClock } from '../../platform/clock/database-clock.js';
import { HotDatabase } from '../../platform/database/hot-database.js';
import { TIMELINE } from '../../platform/database/sql/rollups.sql.js';

/** What happened in one bucket of a chart. */
export interface TimelinePoint {
  /** Its start. */
  timestamp: Date;
  /** Ended in it. */
  succeeded: number;
  failed: number;
  /** Were running when it ended; of the last bucket: run now. */
  running: number;
}

/** Executions over time, for charts. */
@Injectable()
export class Timeline {
  constructor(
    private readonly database: HotDatabase,
    private readonly clock: DatabaseClock,
  ) {}

  /**
   * The last `hours` in buckets without gaps, the oldest first.
   * @param projects the only ones to look at; null: all
   */
  async read(hours: number, projects: readonly string[] | null): Promise<TimelinePoint[]> {
    const { start, width, buckets } = timelineCut(hours, this.clock.now());
    return this.database.rows<TimelinePoint>(TIMELINE, [start, width, buckets, projects]);
  }
}
