import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { NO_RETRY, type RetryPolicy } from '../../src/domain/execution/retry.js';
import { type FlowRules, NO_FLOW_RULES } from '../../src/domain/job/flow-rules.js';
import { NO_RULES } from '../../src/domain/job/run-rules.js';
import type { VersionPolicy } from '../../src/domain/job/version-policy.js';
import type { OverlapPolicy } from '../../src/domain/schedule/schedule.js';

/** What a test wants to be different about a job; the rest is coherent by default. */
export interface JobRow {
  id?: string;
  name?: string;
  configuration?: object;
  retry?: Partial<RetryPolicy>;
  timeoutSeconds?: number;
  priority?: number;
  maxConcurrency?: number;
  overlapPolicy?: OverlapPolicy;
  flow?: Partial<FlowRules>;
  ttlSeconds?: number;
  versionPolicy?: VersionPolicy;
  pauseAfterFailures?: number;
  intervalSeconds?: number;
  /** With it the job has a clock that stands there. */
  nextRunAt?: Date;
}

/** Inserts a job with all rows that belong to it, as the jobs module would. @returns its id */
export async function insertJob(sql: pg.Client, job: JobRow = {}): Promise<string> {
  const id = job.id ?? uuidv7();
  const retry = { ...NO_RETRY, ...job.retry };
  const name = job.name ?? 'a job';
  const configuration = job.configuration ?? {};
  const timeoutSeconds = job.timeoutSeconds ?? 60;
  const interval = job.intervalSeconds ?? (job.nextRunAt ? 1 : null);
  await sql.query(
    `INSERT INTO jobs (id, name, type, configuration, schedule_kind, interval_seconds, anchor_at, retry, max_attempts,
                       timeout_seconds, priority, max_concurrency, overlap_policy, flow_controlled, pause_after_failures,
                       flow_rules, run_rules, version_policy, state)
     VALUES ($1, $2, 'http-call', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, 'enabled')`,
    [
      id,
      name,
      JSON.stringify(configuration),
      interval === null ? 'manual' : 'interval',
      interval,
      interval === null ? null : (job.nextRunAt ?? new Date(0)),
      JSON.stringify(retry),
      retry.maxAttempts,
      timeoutSeconds,
      job.priority ?? 0,
      job.maxConcurrency ?? null,
      job.overlapPolicy ?? 'allow',
      job.maxConcurrency !== undefined ||
        (job.overlapPolicy ?? 'allow') !== 'allow' ||
        job.flow !== undefined,
      job.pauseAfterFailures ?? null,
      job.flow ? JSON.stringify({ ...NO_FLOW_RULES, ...job.flow }) : null,
      JSON.stringify({ ...NO_RULES, ttlSeconds: job.ttlSeconds ?? null }),
      job.versionPolicy ?? 'pin',
    ],
  );
  const { ttlSeconds, versionPolicy } = job;
  const definition = {
    name,
    type: 'http-call',
    configuration,
    retry,
    timeoutSeconds,
    ttlSeconds,
    versionPolicy,
  };
  await sql.query('INSERT INTO job_versions (job_id, version, definition) VALUES ($1, 1, $2)', [
    id,
    JSON.stringify(definition),
  ]);
  await sql.query('INSERT INTO job_clocks (job_id, next_run_at) VALUES ($1, $2)', [
    id,
    job.nextRunAt ?? null,
  ]);
  await sql.query('INSERT INTO job_runtime (job_id) VALUES ($1)', [id]);
  return id;
}
