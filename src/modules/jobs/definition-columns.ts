import type { Json } from '../../domain/execution/outcome.js';
import { isFlowControlled, type JobDefinition } from '../../domain/job/definition.js';
import { type FlowRules, hasFlowRules, NO_FLOW_RULES } from '../../domain/job/flow-rules.js';
import type { RunRules } from '../../domain/job/run-rules.js';
import type { Webhook } from '../../domain/webhook/webhook.js';
import type { ConfigurationVault } from '../secrets/configuration-vault.js';
import type { JobEntity } from './entities/job.entity.js';
import { planColumns, planOf } from './plan-columns.js';

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
