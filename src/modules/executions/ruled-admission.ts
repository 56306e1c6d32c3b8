import {
  admitInOrder,
  type AdmissionDecision,
  type Candidate,
  JOB_RATE_RULE,
  JOB_RATE_SCOPE,
  scopesOf,
} from '../../domain/execution/admission.js';
import type { FlowMarks } from '../../domain/execution/flow-marks.js';
import type { FlowRules } from '../../domain/job/flow-rules.js';
import { windowAt } from '../../domain/schedule/execution-window.js';
import {
  ADMIT_CHOSEN,
  DELAY_UNTIL_OPEN,
  FREE_SCOPES,
  NOTE_WAKE,
  READ_CANDIDATES,
  READ_COUNTERS,
  READ_RULED,
  READ_SUBJECTS,
  TRIM_STARTS,
} from '../../platform/database/sql/flow-admission.sql.js';
import { CLOSE_STARTS } from '../../platform/database/sql/flow-starts.sql.js';
import type { StatementRunner } from '../../platform/database/statement-runner.js';
import type { EndedExecution } from './ended-execution.js';

/** Candidates that are looked at together. */
const PAGE = 200;
/** Executions that are told that they wait for their window. */
const TOLD_AT_ONCE = 1_000;

/** A job with rules beside its limit, under the lock of its slots. */
export interface RuledJob {
  jobId: string;
  /** Executions at once; null: no limit. */
  limit: number | null;
  active: number;
  /** Starts that its own rate counts. */
  jobStarts: number;
  rules: FlowRules;
  timezone: string;
  tags: string[];
  now: Date;
}

interface ScopeCount {
  scope: string;
  count: number;
}

/** Those of some jobs that have rules. */
export function readRuled(runner: StatementRunner, jobIds: readonly string[]): Promise<RuledJob[]> {
  return runner.rows<RuledJob>(READ_RULED, [jobIds]);
}

/** Admits what waits of a job with rules, as far as all of these allow. @returns how many */
export async function admitByRules(runner: StatementRunner, job: RuledJob): Promise<number> {
  const { rules, timezone, now } = job;
  const state = rules.executionWindow === null ? null : windowAt(rules.executionWindow, timezone, now);
  if (state?.isOpen === false) {
    if (state.opensAt) await runner.rows(DELAY_UNTIL_OPEN, [job.jobId, state.opensAt, TOLD_AT_ONCE]);
    await noteWake(runner, job, state.opensAt);
    return 0;
  }
  const present = { ...job, jobStarts: job.jobStarts - (await trimStarts(runner, job)) };
  const startBefore = state?.closesAt ?? null;
  const admitted = await admitPages(runner, present, marksOf(rules, startBefore));
  // Should the window close under what waits, it is told so.
  await noteWake(runner, job, startBefore);
  return admitted;
}

/** Gives back what executions of a job with rules took that have ended, or wait again. */
export async function freeByRules(
  runner: StatementRunner,
  job: RuledJob,
  ended: readonly EndedExecution[],
): Promise<void> {
  const ids = ended.map((execution) => execution.executionId);
  const counts = new Map<string, { fewer: number; again: number }>();
  const add = (scope: string, fewer: number) => {
    const known = counts.get(scope) ?? { fewer: 0, again: 0 };
    counts.set(scope, { fewer: known.fewer + fewer, again: known.again + 1 });
  };
  for (const { scope, count } of await runner.rows<ScopeCount>(CLOSE_STARTS, [ids]))
    for (let each = 0; each < count; each++) add(scope, 1);
  const held = new Set(ended.filter(({ flow }) => flow).map(({ executionId }) => executionId));
  const subjects = await runner.rows<Candidate>(READ_SUBJECTS, [ids, job.jobId, ...valueColumns(job)]);
  for (const subject of subjects) {
    const holdsSlot = held.has(subject.executionId);
    for (const { scope, rule } of scopesOf(subject, job.rules)) {
      // One that only waited may have been let go ahead: the next one takes its place.
      if (rule === null || !holdsSlot) add(scope, rule === null && holdsSlot ? 1 : 0);
    }
  }
  await freeScopes(runner, job.jobId, counts);
}

/** Forgets starts that have left the windows. @returns how many fewer count in the rate of the job itself */
async function trimStarts(runner: StatementRunner, { jobId, rules }: RuledJob): Promise<number> {
  const windows = windowsOf(rules);
  if (windows.length === 0) return 0;
  const gone = await runner.rows<ScopeCount>(TRIM_STARTS, [jobId, ...windowColumns(rules)]);
  if (gone.length === 0) return 0;
  await freeScopes(
    runner,
    jobId,
    new Map(gone.map(({ scope, count }) => [scope, { fewer: count, again: count }])),
  );
  return gone.find(({ scope }) => scope === JOB_RATE_SCOPE)?.count ?? 0;
}

async function admitPages(
  runner: StatementRunner,
  { jobId, limit, active, jobStarts, rules, tags }: RuledJob,
  marks: FlowMarks | null,
): Promise<number> {
  let admitted = 0;
  for (;;) {
    const room = Math.min(
      limit === null ? Number.POSITIVE_INFINITY : limit - active - admitted,
      rules.rateLimit === null ? Number.POSITIVE_INFINITY : rules.rateLimit.max - jobStarts - admitted,
    );
    if (room <= 0) return admitted;
    const candidates = await runner.rows<Candidate>(READ_CANDIDATES, [
      jobId,
      PAGE,
      ...valueColumns({ rules, tags }),
    ]);
    if (candidates.length === 0) return admitted;
    const used = await readCounters(runner, jobId, candidates, rules);
    const decision = admitInOrder(candidates, rules, used, room);
    await runner.rows(ADMIT_CHOSEN, decisionColumns(jobId, decision, marks));
    admitted += decision.admitted.length;
    if (candidates.length < PAGE) return admitted;
  }
}

async function readCounters(
  runner: StatementRunner,
  jobId: string,
  candidates: readonly Candidate[],
  rules: FlowRules,
): Promise<Map<string, number>> {
  const scopes = new Set(candidates.flatMap((one) => scopesOf(one, rules).map(({ scope }) => scope)));
  if (scopes.size === 0) return new Map();
  const rows = await runner.rows<{ scope: string; used: number }>(READ_COUNTERS, [jobId, [...scopes]]);
  return new Map(rows.map(({ scope, used }) => [scope, used]));
}

function decisionColumns(jobId: string, decision: AdmissionDecision, marks: FlowMarks | null): unknown[] {
  const { admitted, places, counted, parked } = decision;
  return [
    jobId,
    admitted,
    marks === null ? null : JSON.stringify(marks),
    places.map(({ executionId }) => executionId),
    places.map(({ rule }) => rule),
    places.map(({ scope }) => scope),
    [...counted.keys()],
    [...counted.values()],
    parked.map(({ executionId }) => executionId),
    parked.map(({ scope }) => scope),
  ];
}

async function noteWake(
  runner: StatementRunner,
  { jobId, rules, now }: RuledJob,
  at: Date | null,
): Promise<void> {
  await runner.rows(NOTE_WAKE, [jobId, now, ...windowColumns(rules), at]);
}

async function freeScopes(
  runner: StatementRunner,
  jobId: string,
  counts: ReadonlyMap<string, { fewer: number; again: number }>,
): Promise<void> {
  if (counts.size === 0) return;
  await runner.rows(FREE_SCOPES, [
    jobId,
    [...counts.keys()],
    [...counts.values()].map(({ fewer }) => fewer),
    [...counts.values()].map(({ again }) => again),
  ]);
}

function marksOf({ rateLimit, rateLimitKeys }: FlowRules, startBefore: Date | null): FlowMarks | null {
  const isRated = rateLimit !== null || rateLimitKeys.length > 0;
  if (!isRated && startBefore === null) return null;
  return {
    ...(startBefore === null ? {} : { startBefore: startBefore.toISOString() }),
    ...(isRated ? { isRated } : {}),
  };
}

/** The rates of a job with their windows. */
export function windowsOf({ rateLimit, rateLimitKeys }: FlowRules): { rule: string; seconds: number }[] {
  return [
    ...(rateLimit === null ? [] : [{ rule: JOB_RATE_RULE, seconds: rateLimit.windowSeconds }]),
    ...rateLimitKeys.map(({ name, windowSeconds }) => ({ rule: name, seconds: windowSeconds })),
  ];
}

function windowColumns(rules: FlowRules): [rules: string[], seconds: number[]] {
  const windows = windowsOf(rules);
  return [windows.map(({ rule }) => rule), windows.map(({ seconds }) => seconds)];
}

/** The names of rates by values, and the tags of the job, which stand in where an execution has no value. */
function valueColumns({ rules, tags }: Pick<RuledJob, 'rules' | 'tags'>): [string[], (string | null)[]] {
  const names = rules.rateLimitKeys.map(({ name }) => name);
  const fallbacks = names.map((name) => tags.find((tag) => tag.startsWith(`${name}:`)));
  return [names, fallbacks.map((tag, index) => tag?.slice((names[index] ?? '').length + 1) ?? null)];
}
