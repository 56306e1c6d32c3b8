import { rateScopePrefix } from '../../domain/execution/admission.js';
import type { FlowRules } from '../../domain/job/flow-rules.js';
import { MEND_SLOTS } from '../../platform/database/sql/flow.sql.js';
import {
  FORGET_STARTS,
  LOST_STARTS,
  MEND_COUNTERS,
  UNPARK_ALL,
  UNPARK_STUCK,
} from '../../platform/database/sql/flow-starts.sql.js';
import type { StatementRunner } from '../../platform/database/statement-runner.js';
import { freeByRules, readRuled, windowsOf } from './ruled-admission.js';

/**
 * Compares the counters of a job, whose slots are locked, with the truth and sets them right.
 * @returns whether any was wrong
 */
export async function mendJob(runner: StatementRunner, jobId: string): Promise<boolean> {
  const slots = await runner.rows(MEND_SLOTS, [[jobId]]);
  const [job] = await readRuled(runner, [jobId]);
  if (!job) return slots.length > 0;
  const lost = await runner.rows<{ executionId: string }>(LOST_STARTS, [[jobId]]);
  if (lost.length > 0) {
    const ended = lost.map(({ executionId }) => ({
      executionId,
      jobId,
      state: 'queued',
      flow: false,
      workflowStepId: null,
    }));
    await freeByRules(runner, job, ended);
  }
  const counters = await runner.rows(MEND_COUNTERS, [[jobId]]);
  const scopes = limitsByPrefix(job.rules);
  await runner.rows(UNPARK_STUCK, [jobId, scopes.map(({ prefix }) => prefix), scopes.map(({ max }) => max)]);
  return slots.length + lost.length + counters.length > 0;
}

/** Makes the counters of a job, whose slots are locked, fit its rules after these have changed. */
export async function adoptRules(runner: StatementRunner, jobId: string): Promise<void> {
  const [job] = await readRuled(runner, [jobId]);
  const rates = job ? windowsOf(job.rules).map(({ rule }) => rule) : [];
  await runner.rows(FORGET_STARTS, [jobId, rates]);
  await runner.rows(MEND_COUNTERS, [[jobId]]);
  await runner.rows(UNPARK_ALL, [jobId]);
}

function limitsByPrefix({
  maxConcurrencyPerKey,
  rateLimitKeys,
}: FlowRules): { prefix: string; max: number }[] {
  return [
    ...(maxConcurrencyPerKey === null ? [] : [{ prefix: 'key:', max: maxConcurrencyPerKey }]),
    ...rateLimitKeys.map(({ name, max }) => ({ prefix: rateScopePrefix(name), max })),
  ];
}
