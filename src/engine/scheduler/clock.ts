import type { MisfireRules, OverlapPolicy, Schedule, SchedulePlan } from '../../domain/schedule/schedule.js';
import { type PlanColumns, planOf } from '../../modules/jobs/plan-columns.js';

/** A row of DUE_CLOCKS. */
export interface ClockRow extends PlanColumns {
  jobId: string;
  nextRunAt: Date;
  lateUntil: Date | null;
  /** Up to here every instant is on record. */
  accountedUntil: Date | null;
  /** bigint, as text. */
  scheduleVersion: string;
  jitterSeconds: number;
  misfirePolicy: MisfireRules['policy'];
  misfireGraceSeconds: number;
  catchupWindowSeconds: number;
  maxCatchupRuns: number;
  overlapPolicy: OverlapPolicy;
  flowControlled: boolean;
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
