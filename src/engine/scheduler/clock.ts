import type {
  Exclusions,
  MisfireRules,
  OverlapPolicy,
  Schedule,
  SchedulePlan,
} from '../../domain/schedule/schedule.js';

/** A row of DUE_CLOCKS. */
export interface ClockRow {
  jobId: string;
  nextRunAt: Date;
  lateUntil: Date | null;
  /** Up to here every instant is on record. */
  accountedUntil: Date | null;
  /** bigint, as text. */
  scheduleVersion: string;
  scheduleKind: Schedule['kind'];
  cronExpression: string | null;
  intervalSeconds: number | null;
  anchorAt: Date | null;
  runAt: Date | null;
  timezone: string;
  successor: StoredSchedule | null;
  successorFrom: Date | null;
  startAt: Date | null;
  endAt: Date | null;
  exclusions: Exclusions | null;
  jitterSeconds: number;
  misfirePolicy: MisfireRules['policy'];
  misfireGraceSeconds: number;
  catchupWindowSeconds: number;
  maxCatchupRuns: number;
  overlapPolicy: OverlapPolicy;
  flowControlled: boolean;
}

/** A schedule as `jobs.successor` keeps it: instants as ISO text. */
interface StoredSchedule {
  kind: Schedule['kind'];
  cronExpression?: string;
  intervalSeconds?: number;
  anchorAt?: string;
  runAt?: string;
  timezone: string;
}

/** A job's clock in memory: where it stands, and everything that its next firing needs. */
export interface Clock {
  jobId: string;
  kind: Schedule['kind'];
  dueAt: Date;
  lateUntil: Date | null;
  /** Up to here every instant is on record. */
  accountedUntil: Date | null;
  version: bigint;
  plan: SchedulePlan;
  misfire: MisfireRules;
  jitterSeconds: number;
  overlap: OverlapPolicy;
  flowControlled: boolean;
}

export function clockOf(row: ClockRow): Clock {
  return {
    jobId: row.jobId,
    kind: row.scheduleKind,
    dueAt: row.nextRunAt,
    lateUntil: row.lateUntil,
    accountedUntil: row.accountedUntil,
    version: BigInt(row.scheduleVersion),
    plan: planOf(row),
    misfire: {
      policy: row.misfirePolicy,
      graceSeconds: row.misfireGraceSeconds,
      catchupWindowSeconds: row.catchupWindowSeconds,
      maxCatchupRuns: row.maxCatchupRuns,
    },
    jitterSeconds: row.jitterSeconds,
    overlap: row.overlapPolicy,
    flowControlled: row.flowControlled,
  };
}

function planOf(row: ClockRow): SchedulePlan {
  const successor =
    row.successor && row.successorFrom
      ? { schedule: restored(row.successor), from: row.successorFrom }
      : null;
  return {
    schedule: scheduleOf(row),
    startAt: row.startAt,
    endAt: row.endAt,
    exclusions: row.exclusions,
    successor,
  };
}

function restored(stored: StoredSchedule): Schedule {
  return scheduleOf({
    scheduleKind: stored.kind,
    cronExpression: stored.cronExpression ?? null,
    intervalSeconds: stored.intervalSeconds ?? null,
    anchorAt: stored.anchorAt ? new Date(stored.anchorAt) : null,
    runAt: stored.runAt ? new Date(stored.runAt) : null,
    timezone: stored.timezone,
  });
}

type ScheduleColumns = Pick<
  ClockRow,
  'scheduleKind' | 'cronExpression' | 'intervalSeconds' | 'anchorAt' | 'runAt' | 'timezone'
>;

function scheduleOf(columns: ScheduleColumns): Schedule {
  const { scheduleKind: kind, cronExpression, intervalSeconds, anchorAt, runAt, timezone } = columns;
  if (kind === 'cron' && cronExpression !== null) return { kind, expression: cronExpression, timezone };
  if (kind === 'interval' && intervalSeconds !== null && anchorAt !== null)
    return { kind, intervalSeconds, anchorAt, timezone };
  if (kind === 'once' && runAt !== null) return { kind, runAt, timezone };
  return { kind: 'manual', timezone };
}
