import type { Json } from '../../domain/execution/outcome.js';
import { isFlowControlled, type JobDefinition } from '../../domain/job/definition.js';
import { type FlowRules, hasFlowRules, NO_FLOW_RULES } from '../../domain/job/flow-rules.js';
import type { RunRules } from '../../domain/job/run-rules.js';
import type { Webhook } from '../../domain/webhook/webhook.js';
import type { Schedule, SchedulePlan } from '../../domain/schedule/schedule.js';
import type { ConfigurationVault } from '../secrets/configuration-vault.js';
import type { JobEntity, SuccessorColumn } from './entities/job.entity.js';

/** The columns of `jobs` that hold a plan. */
export type PlanColumns = Pick<
  JobEntity,
  | 'scheduleKind'
  | 'cronExpression'
  | 'intervalSeconds'
  | 'anchorAt'
  | 'runAt'
  | 'timezone'
  | 'successor'
  | 'successorFrom'
  | 'startAt'
  | 'endAt'
  | 'exclusions'
>;

/** The columns of `jobs` that hold a definition. */
export type DefinitionColumns = Omit<
  JobEntity,
  | 'id'
  | 'version'
  | 'revision'
  | 'state'
  | 'dependencyMode'
  | 'webhookPrevious'
  | 'createdBy'
  | 'updatedBy'
  | 'createdAt'
  | 'updatedAt'
  | 'deletedAt'
>;

/** Reads a definition from its columns, with its inline secrets opened. */
export function definitionOf(
  row: DefinitionColumns & { id: string },
  vault: ConfigurationVault,
): JobDefinition {
  return {
    projectId: row.projectId,
    slug: row.slug,
    name: row.name,
    description: row.description,
    type: row.type,
    configuration: vault.opened(row.id, row.configuration as Record<string, Json>),
    plan: planOf(row),
    jitterSeconds: row.jitterSeconds,
    misfire: {
      policy: row.misfirePolicy,
      graceSeconds: row.misfireGraceSeconds,
      catchupWindowSeconds: row.catchupWindowSeconds,
      maxCatchupRuns: row.maxCatchupRuns,
    },
    overlap: row.overlapPolicy,
    pauseAfterFailures: row.pauseAfterFailures,
    retry: row.retry,
    timeoutSeconds: row.timeoutSeconds,
    priority: row.priority,
    maxConcurrency: row.maxConcurrency,
    tags: row.tags,
    groupId: row.groupId,
    environmentId: row.environmentId,
    rules: row.rules as RunRules,
    webhook: openedWebhook(row.id, row.webhook as Webhook | null, vault),
    flow: (row.flowRules as FlowRules | null) ?? NO_FLOW_RULES,
    versionPolicy: row.versionPolicy,
    backwardsCompatible: row.backwardsCompatible,
  };
}

/** A stored webhook with its secrets opened. */
export function openedWebhook(
  jobId: string,
  stored: Webhook | null,
  vault: ConfigurationVault,
): Webhook | null {
  return stored && (vault.opened(jobId, { ...stored }) as unknown as Webhook);
}

/** Writes a definition, its secrets sealed, into its columns. */
export function columnsOf(definition: JobDefinition): DefinitionColumns {
  return {
    projectId: definition.projectId,
    slug: definition.slug,
    name: definition.name,
    description: definition.description,
    type: definition.type,
    configuration: definition.configuration,
    ...planColumns(definition.plan),
    jitterSeconds: definition.jitterSeconds,
    misfirePolicy: definition.misfire.policy,
    misfireGraceSeconds: definition.misfire.graceSeconds,
    catchupWindowSeconds: definition.misfire.catchupWindowSeconds,
    maxCatchupRuns: definition.misfire.maxCatchupRuns,
    overlapPolicy: definition.overlap,
    pauseAfterFailures: definition.pauseAfterFailures,
    retry: definition.retry,
    maxAttempts: definition.retry.maxAttempts,
    timeoutSeconds: definition.timeoutSeconds,
    priority: definition.priority,
    maxConcurrency: definition.maxConcurrency,
    flowControlled: isFlowControlled(definition),
    tags: definition.tags,
    groupId: definition.groupId,
    environmentId: definition.environmentId,
    rules: definition.rules,
    webhook: definition.webhook,
    flowRules: hasFlowRules(definition.flow) ? definition.flow : null,
    versionPolicy: definition.versionPolicy,
    backwardsCompatible: definition.backwardsCompatible,
  };
}

/** Reads a plan from its columns. */
export function planOf(row: PlanColumns): SchedulePlan {
  return {
    schedule: scheduleOf(row.scheduleKind, row),
    startAt: row.startAt,
    endAt: row.endAt,
    exclusions: row.exclusions,
    successor:
      row.successor === null || row.successorFrom === null
        ? null
        : { schedule: successorSchedule(row.successor), from: row.successorFrom },
  };
}

function planColumns(plan: SchedulePlan): PlanColumns {
  const { schedule, successor } = plan;
  return {
    scheduleKind: schedule.kind,
    cronExpression: schedule.kind === 'cron' ? schedule.expression : null,
    intervalSeconds: schedule.kind === 'interval' ? schedule.intervalSeconds : null,
    anchorAt: schedule.kind === 'interval' ? schedule.anchorAt : null,
    runAt: schedule.kind === 'once' ? schedule.runAt : null,
    timezone: schedule.timezone,
    successor: successor === null ? null : successorColumn(successor.schedule),
    successorFrom: successor?.from ?? null,
    startAt: plan.startAt,
    endAt: plan.endAt,
    exclusions: plan.exclusions,
  };
}

interface ScheduleFields {
  cronExpression: string | null;
  intervalSeconds: number | null;
  anchorAt: Date | null;
  runAt: Date | null;
  timezone: string;
}

function scheduleOf(kind: Schedule['kind'], fields: ScheduleFields): Schedule {
  const { timezone } = fields;
  switch (kind) {
    case 'cron':
      return { kind, expression: there(fields.cronExpression), timezone };
    case 'interval':
      return {
        kind,
        intervalSeconds: there(fields.intervalSeconds),
        anchorAt: there(fields.anchorAt),
        timezone,
      };
    case 'once':
      return { kind, runAt: there(fields.runAt), timezone };
    case 'manual':
      return { kind, timezone };
  }
}

function successorSchedule(column: SuccessorColumn): Schedule {
  return scheduleOf(column.kind, {
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

/** A column that the table's constraint jobs_schedule_fields guarantees. */
function there<T>(value: T | null): T {
  if (value === null) throw new Error('A row of jobs lacks a field of its kind of schedule');
  return value;
}
