import { Injectable } from '@nestjs/common';
import { executionNotFound } from '../../domain/errors.js';
import { HotDatabase } from '../../platform/database/hot-database.js';
import { ADD_LOG_LINES, LOG_LINES_AFTER, LOG_STATE } from '../../platform/database/sql/execution-logs.sql.js';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What one execution may keep, over all its attempts. */
export const LOG_MAX_LINES = 1_000;
export const LOG_MAX_BYTES = 256 * 1024;
export const LOG_CUT_MARK = `[log cut: an execution keeps ${LOG_MAX_LINES} lines and ${LOG_MAX_BYTES / 1024} KiB]`;

/** A line that the work wrote, on its way to the record. */
export interface NewLogLine {
  executionId: string;
  attempt: number;
  at: Date;
  level: LogLevel;
  message: string;
}

/** A line of an execution's log. */
export interface LogLine {
  /** From 1, over all attempts. */
  seq: number;
  at: Date;
  level: LogLevel;
  message: string;
  attempt: number;
  /** It stands for all further lines, which were not kept. */
  cut: boolean;
}

/** How far an execution's log is. */
export interface LogState {
  /** The execution has ended: no further lines come. */
  ended: boolean;
  lines: number;
  cut: boolean;
}

/** The logs of executions. */
@Injectable()
export class ExecutionLogs {
  constructor(private readonly database: HotDatabase) {}

  /**
   * Adds lines, in their order, as far as the share of each execution goes. Where another writer adds to the same log in
   * the same moment, lines may come after later ones of their batch; none is lost.
   */
  async add(lines: readonly NewLogLine[]): Promise<void> {
    for (let left = lines; left.length > 0;) {
      const batch = left;
      const again = await this.database.rows<{ place: number }>(ADD_LOG_LINES, [
        batch.map((line) => line.executionId),
        batch.map((line) => line.attempt),
        batch.map((line) => line.at),
        batch.map((line) => line.level),
        batch.map((line) => line.message),
        LOG_MAX_LINES,
        LOG_MAX_BYTES,
        LOG_CUT_MARK,
      ]);
      left = again.flatMap(({ place }) => batch.slice(place - 1, place));
    }
  }

  /** Lines after a place (0: from the first), in order. */
  after(executionId: string, seq: number, limit: number): Promise<LogLine[]> {
    return this.database.rows<LogLine>(LOG_LINES_AFTER, [executionId, seq, limit]);
  }

  /** @throws DomainError execution_not_found */
  async state(executionId: string): Promise<LogState> {
    const [state] = await this.database.rows<LogState>(LOG_STATE, [executionId]);
    if (!state) throw executionNotFound(executionId);
    return state;
  }
}
