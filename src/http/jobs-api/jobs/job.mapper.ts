import type { JobDefinition } from '../../../domain/job/definition.js';
import type { FlowRules } from '../../../domain/job/flow-rules.js';
import type { JobView } from '../../../domain/job/view.js';
import { type JobVersionView, versionIdOf } from '../../../modules/jobs/job-versions.js';
import type { JobContentDto, JobDto, JobFlowDto, JobVersionDto } from './job.dto.js';
import { tagsMap } from './tags.js';

/** A job in the words of the Jobs API. */
export function toJobDto(job: JobView): JobDto {
  const { definition } = job;
  const { retry, rules } = definition;
  return {
    id: job.id,
    project_id: definition.projectId,
    group_id: definition.groupId,
    environment_id: definition.environmentId,
    ...contentOf(definition),
    timezone: definition.plan.schedule.timezone,
    max_concurrency: definition.maxConcurrency,
    ...flowOf(definition.flow),
    priority: definition.priority,
    default_run_metadata: rules.metadata,
    dedup_window_secs: rules.dedupWindowSeconds,
    enabled: job.state === 'enabled',
    retry_strategy: retry.strategy,
    retry_delays_secs: retry.strategy === 'custom' ? retry.delaysSeconds : null,
    version: job.version,
    version_id: versionIdOf(job.id, job.version),
    version_policy: definition.versionPolicy,
    backwards_compatible: definition.backwardsCompatible,
    created_by: job.createdBy,
    updated_by: job.updatedBy,
    created_at: job.createdAt.toISOString(),
    updated_at: job.updatedAt.toISOString(),
  };
}

/** A version in the words of the Jobs API. */
export function toVersionDto({ id, jobId, version, definition, createdAt }: JobVersionView): JobVersionDto {
  return {
    id,
    job_id: jobId,
    version,
    ...contentOf(definition),
    backwards_compatible: definition.backwardsCompatible ?? true,
    created_at: createdAt.toISOString(),
  };
}

function flowOf({ maxConcurrencyPerKey, rateLimit, rateLimitKeys, executionWindow }: FlowRules): JobFlowDto {
  return {
    max_concurrency_per_key: maxConcurrencyPerKey,
    rate_limit_max: rateLimit?.max ?? null,
    rate_limit_window_secs: rateLimit?.windowSeconds ?? null,
    rate_limit_keys: rateLimitKeys.map(({ name, max, windowSeconds }) => ({
      name,
      max,
      window_secs: windowSeconds,
    })),
    execution_window_cron: executionWindow,
  };
}

function contentOf(definition: JobVersionView['definition'] | JobDefinition): JobContentDto {
  const { plan, type, configuration, rules } = definition;
  const schedule = plan?.schedule;
  const { url, fallbackUrl } = type === 'http-call' ? configuration : {};
  return {
    name: definition.name,
    slug: definition.slug ?? null,
    description: definition.description ?? null,
    cron: schedule?.kind === 'cron' ? schedule.expression : null,
    payload_schema: rules?.payloadSchema ?? null,
    tags: tagsMap(definition.tags ?? []),
    endpoint_url: typeof url === 'string' ? url : null,
    fallback_endpoint_url: typeof fallbackUrl === 'string' ? fallbackUrl : null,
    max_attempts: definition.retry.maxAttempts,
    timeout_secs: definition.timeoutSeconds,
    run_ttl_secs: rules?.ttlSeconds ?? null,
    webhook_url: definition.webhook?.url ?? null,
    webhook_secret: definition.webhook?.secret ?? null,
  };
}
