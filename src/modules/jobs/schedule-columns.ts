import type { Schedule } from '../../domain/schedule/schedule.js';

/** How a table keeps a schedule: of jobs, of clocks, of workflows. Its constraints say which fields are there. */
export interface ScheduleColumns {
  scheduleKind: Schedule['kind'];
  cronExpression: string | null;
  intervalSeconds: number | null;
  anchorAt: Date | null;
  runAt: Date | null;
  timezone: string;
}

/** Reads a schedule from its columns. */
export function scheduleOf(row: ScheduleColumns): Schedule {
  const { scheduleKind: kind, timezone } = row;
  switch (kind) {
    case 'cron':
      return { kind, expression: there(row.cronExpression), timezone };
    case 'interval':
      return { kind, intervalSeconds: there(row.intervalSeconds), anchorAt: there(row.anchorAt), timezone };
    case 'once':
      return { kind, runAt: there(row.runAt), timezone };
    case 'manual':
      return { kind, timezone };
  }
}

/** Writes a schedule into its columns. */
export function scheduleColumns(schedule: Schedule): ScheduleColumns {
  return {
    scheduleKind: schedule.kind,
    cronExpression: schedule.kind === 'cron' ? schedule.expression : null,
    intervalSeconds: schedule.kind === 'interval' ? schedule.intervalSeconds : null,
    anchorAt: schedule.kind === 'interval' ? schedule.anchorAt : null,
    runAt: schedule.kind === 'once' ? schedule.runAt : null,
    timezone: schedule.timezone,
  };
}

function there<T>(value: T | null): T {
  if (value === null) throw new Error('A row lacks a field of its kind of schedule');
  return value;
}
