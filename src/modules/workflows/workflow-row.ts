import type { Schedule } from '../../domain/schedule/schedule.js';
import type { WorkflowDefinition } from '../../domain/workflow/graph.js';
import type { WorkflowEntity } from './entities/workflow.entity.js';
import type { WorkflowView } from './workflow.view.js';

/** The columns of `workflows` that hold a schedule. */
export type ScheduleColumns = Pick<
  WorkflowEntity,
  'scheduleKind' | 'cronExpression' | 'intervalSeconds' | 'anchorAt' | 'runAt' | 'timezone'
>;

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

/** Reads a schedule from its columns; the table's constraints say which are there. */
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

export function viewOf(row: WorkflowEntity, definition: WorkflowDefinition): WorkflowView {
  return {
    id: row.id,
    projectId: row.projectId,
    version: row.version,
    name: row.name,
    description: row.description,
    definition,
    schedule: scheduleOf(row),
    nextRunAt: row.nextRunAt,
    createdBy: row.createdBy,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}

function there<T>(value: T | null): T {
  if (value === null) throw new Error('A workflow lacks a column of its schedule');
  return value;
}
