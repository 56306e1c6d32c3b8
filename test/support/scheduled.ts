import type pg from 'pg';
import type { Exclusions, MisfireRules } from '../../src/domain/schedule/schedule.js';
import { insertJob, type JobRow } from './rows.js';

/** A job with a clock, of any kind of schedule. An interval job starts one interval before `nextRunAt`. */
export interface ScheduledRow extends JobRow {
  nextRunAt: Date;
  cron?: string;
  once?: boolean;
  misfire?: Partial<MisfireRules>;
  jitterSeconds?: number;
  exclusions?: Exclusions;
}

/** Inserts a job that the clock fires; by default every minute. @returns its id */
export async function insertScheduled(sql: pg.Client, row: ScheduledRow): Promise<string> {
  const intervalSeconds = row.intervalSeconds ?? 60;
  // The clock is set last: a node that is up already reads no job whose schedule is half written.
  const jobId = await insertJob(sql, { ...row, intervalSeconds, nextRunAt: undefined });
  const interval = row.cron === undefined && !row.once;
  await sql.query(
    `UPDATE jobs SET schedule_kind = $2, cron_expression = $3, run_at = $4, interval_seconds = $5, anchor_at = $6,
       misfire_policy = $7, misfire_grace_seconds = $8, catchup_window_seconds = $9, max_catchup_runs = $10,
       jitter_seconds = $11, exclusions = $12
     WHERE id = $1`,
    [
      jobId,
      row.cron !== undefined ? 'cron' : row.once ? 'once' : 'interval',
      row.cron ?? null,
      row.once ? row.nextRunAt : null,
      interval ? intervalSeconds : null,
      interval ? new Date(row.nextRunAt.getTime() - intervalSeconds * 1000) : null,
      row.misfire?.policy ?? 'fireOnce',
      row.misfire?.graceSeconds ?? 60,
      row.misfire?.catchupWindowSeconds ?? 86_400,
      row.misfire?.maxCatchupRuns ?? 100,
      row.jitterSeconds ?? 0,
      row.exclusions ? JSON.stringify(row.exclusions) : null,
    ],
  );
  await sql.query('UPDATE job_clocks SET next_run_at = $2 WHERE job_id = $1', [jobId, row.nextRunAt]);
  return jobId;
}
