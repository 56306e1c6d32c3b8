import { Injectable } from '@nestjs/common';
import { setTimeout as pause } from 'node:timers/promises';
import { HotDatabase } from '../../../platform/database/hot-database.js';
import {
  CLOSE_GAP,
  EVENT_POSITION,
  PURGE_EVENTS,
  READ_EVENTS,
  RENEW_INTEREST,
} from '../../../platform/database/sql/events.sql.js';
import type { EventPosition } from './event-position.js';

/** A change of an execution or a job. */
export interface LoggedEvent {
  /** Its place in the record. */
  xid: string;
  id: string;
  at: Date;
  jobId: string;
  /** Null: it is about the job. */
  executionId: string | null;
  /** The new state; of a job also `deleted`. */
  state: string;
  /** The attempt of an execution, the version of a job. */
  revision: number;
}

/** Which events are wanted. */
export interface EventFilter {
  jobId: string | null;
  /** The only execution; absent: all. */
  executionId?: string;
  /** The only projects; null: all. */
  projects: readonly string[] | null;
}

/** Where the record stands; transactions are numbers as texts. */
export interface RecordPosition {
  start: string;
  completeFrom: string;
  horizon: string;
  next: string;
  /** Changes when there is something new to read. */
  newest: string | null;
}

/** How long events are kept, and written after the last listener has gone: so long a listener may be away. */
const KEPT_SECONDS = 120;
/** Statements that began before somebody listened have their transaction ids by then. */
const GAP_MS = 100;

/** The record of recent changes, which is written only while somebody listens. */
@Injectable()
export class EventLog {
  constructor(private readonly database: HotDatabase) {}

  /** Says that somebody listens. Call it again well within two minutes. */
  async renewInterest(): Promise<void> {
    const [row] = await this.database.rows<{ hasGap: boolean }>(RENEW_INTEREST, [KEPT_SECONDS]);
    if (!row?.hasGap) return;
    await pause(GAP_MS);
    await this.database.rows(CLOSE_GAP, []);
  }

  async position(): Promise<RecordPosition> {
    const [row] = await this.database.rows<RecordPosition>(EVENT_POSITION, []);
    if (!row) throw new Error('event_interest has lost its row');
    return row;
  }

  /** Events after a place and before the horizon, the oldest first, at most `limit`. */
  read(after: EventPosition, horizon: string, filter: EventFilter, limit: number): Promise<LoggedEvent[]> {
    const { xid, id } = after;
    return this.database.rows<LoggedEvent>(READ_EVENTS, [
      xid,
      id,
      filter.jobId,
      filter.projects,
      limit,
      horizon,
      filter.executionId ?? null,
    ]);
  }

  /** Forgets old events. @returns how many */
  async purge(): Promise<number> {
    const [row] = await this.database.rows<{ removed: number }>(PURGE_EVENTS, [KEPT_SECONDS]);
    return row?.removed ?? 0;
  }
}
