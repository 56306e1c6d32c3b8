import type { Exclusions, Schedule, SchedulePlan } from '../../domain/schedule/schedule.js';
import type { SuccessorColumn } from './entities/job.entity.js';
import { type ScheduleColumns, scheduleColumns, scheduleOf } from './schedule-columns.js';

/** The columns of `jobs` that hold a plan. */
export interface PlanColumns extends ScheduleColumns {
  successor: SuccessorColumn | null;
  successorFrom: Date | null;
  startAt: Date | null;
  endAt: Date | null;
  exclusions: Exclusions | null;
}

/** Reads a plan from its columns. */
export function planOf(row: PlanColumns): SchedulePlan {
  return {
    schedule: scheduleOf(row),
    startAt: row.startAt,
    endAt: row.endAt,
    exclusions: row.exclusions,
    successor:
      row.successor === null || row.successorFrom === null
        ? null
        : { schedule: successorSchedule(row.successor), from: row.successorFrom },
  };
}

/** Writes a plan into its columns. */
export function planColumns(plan: SchedulePlan): PlanColumns {
  const { schedule, successor } = plan;
  return {
    ...scheduleColumns(schedule),
    successor: successor === null ? null : successorColumn(successor.schedule),
    successorFrom: successor?.from ?? null,
    startAt: plan.startAt,
    endAt: plan.endAt,
    exclusions: plan.exclusions,
  };
}

function successorSchedule(column: SuccessorColumn): Schedule {
  return scheduleOf({
    scheduleKind: column.kind,
    cronExpression: column.cronExpression ?? null,
    intervalSeconds: column.intervalSeconds ?? null,
    anchorAt: column.anchorAt === undefined ? null : new Date(column.anchorAt),
    runAt: column.runAt === undefined ? null : new Date(column.runAt),
    timezone: column.timezone,
  });
}

function successorColumn(schedule: Schedule): SuccessorColumn {
  const { kind, timezone } = schedule;
  switch (kind) {
    case 'cron':
      return { kind, cronExpression: schedule.expression, timezone };
    case 'interval':
      return {
        kind,
        intervalSeconds: schedule.intervalSeconds,
        anchorAt: schedule.anchorAt.toISOString(),
        timezone,
      };
    case 'once':
      return { kind, runAt: schedule.runAt.toISOString(), timezone };
    case 'manual':
      return { kind, timezone };
  }
}
