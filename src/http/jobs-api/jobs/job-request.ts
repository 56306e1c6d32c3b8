import { type FieldFault, invalid } from '../../../domain/errors.js';
import type { Json } from '../../../domain/execution/outcome.js';
import type { RetryPolicy } from '../../../domain/execution/retry.js';
import type { JobEdit, NewJob } from '../../../domain/job/changes.js';
import { DEFAULT_TIMEOUT_SECONDS, type JobDefinition } from '../../../domain/job/definition.js';
import { NO_FLOW_RULES } from '../../../domain/job/flow-rules.js';
import { NO_RULES, type RunRules } from '../../../domain/job/run-rules.js';
import type { JobView } from '../../../domain/job/view.js';
import { expressionFaults } from '../../../domain/schedule/cron.js';
import type { Webhook } from '../../../domain/webhook/webhook.js';
import { DEFAULT_MISFIRE, type Schedule, type SchedulePlan } from '../../../domain/schedule/schedule.js';
import type { CloneJobDto } from './clone-job.dto.js';
import { flowFrom } from './flow-request.js';
import {
  type CreateJobDto,
  DEFAULT_MAX_ATTEMPTS,
  type JobFieldsDto,
  type UpdateJobDto,
} from './job-fields.dto.js';
import { tagsOf } from './tags.js';

const CRON_FIELDS = 5;
const DEFAULT_TIMEZONE = 'UTC';

/** Pauses from one second to one hour, ±20 %. */
const DEFAULT_RETRY: RetryPolicy = {
  maxAttempts: DEFAULT_MAX_ATTEMPTS,
  strategy: 'exponential',
  delaySeconds: 1,
  maxDelaySeconds: 3_600,
  delaysSeconds: [],
  jitter: 0.2,
};

const MANUAL: SchedulePlan = {
  schedule: { kind: 'manual', timezone: DEFAULT_TIMEZONE },
  startAt: null,
  endAt: null,
  exclusions: null,
  successor: null,
};

const DEFAULTS: Omit<JobDefinition, 'projectId' | 'slug' | 'name'> = {
  type: 'http-call',
  description: null,
  configuration: {},
  plan: MANUAL,
  jitterSeconds: 0,
  misfire: DEFAULT_MISFIRE,
  overlap: 'allow',
  pauseAfterFailures: null,
  retry: DEFAULT_RETRY,
  timeoutSeconds: DEFAULT_TIMEOUT_SECONDS,
  priority: 0,
  maxConcurrency: null,
  tags: [],
  groupId: null,
  environmentId: null,
  rules: NO_RULES,
  webhook: null,
  flow: NO_FLOW_RULES,
  versionPolicy: 'pin',
  backwardsCompatible: true,
};

/**
 * The job that a request asks for.
 * @throws DomainError validation_failed for fields that do not go together
 */
export function newJobFrom(request: CreateJobDto): NewJob {
  const { project_id: projectId, name, slug, endpoint_url: url } = request;
  const configuration: Record<string, Json> = { url, envelope: true };
  const start = { ...DEFAULTS, projectId, name, slug, configuration };
  return { definition: edited(request, start), enabled: request.enabled ?? true, createdBy: null };
}

/**
 * What an update makes of a job: absent fields stay, null goes back to the default.
 * @throws DomainError validation_failed for fields that do not go together
 */
export function editFrom(request: UpdateJobDto, { definition }: JobView): JobEdit {
  return {
    definition: edited(request, definition),
    enabled: request.enabled === null ? true : request.enabled,
  };
}

/** A copy of a job, whose stored definition is `definition`. */
export function cloneFrom(request: CloneJobDto, definition: JobDefinition, isEnabled: boolean): NewJob {
  const name = request.name ?? `${definition.name} (copy)`;
  const slug = request.slug ?? `${definition.slug ?? 'job'}-copy`;
  return {
    definition: { ...definition, name, slug },
    enabled: request.enabled ?? isEnabled,
    createdBy: null,
  };
}

function edited(request: Partial<JobFieldsDto>, present: JobDefinition): JobDefinition {
  const faults: FieldFault[] = [];
  const definition: JobDefinition = {
    ...present,
    name: request.name ?? present.name,
    slug: request.slug ?? present.slug,
    description: or(request.description, present.description, null),
    configuration: configurationFrom(request, present, faults),
    plan: planFrom(request, present.plan, faults),
    retry: retryFrom(request, present.retry),
    timeoutSeconds: or(request.timeout_secs, present.timeoutSeconds, DEFAULTS.timeoutSeconds),
    priority: or(request.priority, present.priority, DEFAULTS.priority),
    maxConcurrency: or(request.max_concurrency, present.maxConcurrency, null),
    tags: request.tags ? tagsOf(request.tags) : or(request.tags, present.tags, []),
    groupId: or(request.group_id, present.groupId, null),
    environmentId: or(request.environment_id, present.environmentId, null),
    rules: rulesFrom(request, present.rules),
    webhook: webhookFrom(request, present.webhook, faults),
    flow: flowFrom(request, present.flow, faults),
    versionPolicy: or(request.version_policy, present.versionPolicy, DEFAULTS.versionPolicy),
    backwardsCompatible: or(request.backwards_compatible, present.backwardsCompatible, true),
  };
  if (faults.length > 0) throw invalid(faults);
  return definition;
}

function configurationFrom(
  request: Partial<JobFieldsDto>,
  { type, configuration }: JobDefinition,
  faults: FieldFault[],
): JobDefinition['configuration'] {
  const { endpoint_url: url, fallback_endpoint_url: fallbackUrl } = request;
  if (type !== 'http-call') {
    const given = (['endpoint_url', 'fallback_endpoint_url'] as const).filter((field) => request[field]);
    faults.push(...given.map((field) => ({ field, message: `does not go with a job of the type ${type}` })));
    return configuration;
  }
  const changed: JobDefinition['configuration'] = { ...configuration, ...(url === undefined ? {} : { url }) };
  if (fallbackUrl === undefined) return changed;
  const { fallbackUrl: _present, ...without } = changed;
  return fallbackUrl === null ? without : { ...without, fallbackUrl };
}

/** A schedule that changes takes the place of a pending change, too. */
function planFrom(request: Partial<JobFieldsDto>, plan: SchedulePlan, faults: FieldFault[]): SchedulePlan {
  const { cron } = request;
  if (cron === undefined && request.timezone === undefined) return plan;
  const timezone = or(request.timezone, plan.schedule.timezone, DEFAULT_TIMEZONE);
  if (cron === undefined) return { ...plan, schedule: { ...plan.schedule, timezone } };
  const schedule: Schedule =
    cron === null ? { kind: 'manual', timezone } : { kind: 'cron', expression: cron, timezone };
  if (cron !== null) {
    const messages = expressionFaults(cron, { fields: CRON_FIELDS });
    faults.push(...messages.map((message) => ({ field: 'cron', message })));
  }
  return { ...plan, schedule, successor: null };
}

function retryFrom(request: Partial<JobFieldsDto>, present: RetryPolicy): RetryPolicy {
  const maxAttempts = or(request.max_attempts, present.maxAttempts, DEFAULT_RETRY.maxAttempts);
  const { retry_strategy: wanted, retry_delays_secs: delays } = request;
  if (wanted === undefined && delays === undefined) return { ...present, maxAttempts };
  const strategy = or(wanted, present.strategy, DEFAULT_RETRY.strategy);
  const own = strategy === present.strategy ? present : { ...DEFAULT_RETRY, strategy };
  const delaysSeconds = delays ?? (delays === undefined ? own.delaysSeconds : []);
  // Pauses that are listed are waited as they stand.
  const asListed = strategy === 'custom' ? { maxDelaySeconds: null, jitter: 0 } : {};
  return { ...own, ...asListed, maxAttempts, delaysSeconds };
}

function rulesFrom(request: Partial<JobFieldsDto>, present: RunRules): RunRules {
  return {
    payloadSchema: or(request.payload_schema, present.payloadSchema, null),
    metadata: or(request.default_run_metadata, present.metadata, {}),
    ttlSeconds: or(request.run_ttl_secs, present.ttlSeconds, null),
    dedupWindowSeconds: or(request.dedup_window_secs, present.dedupWindowSeconds, null),
  };
}

/** Without a URL there is no webhook, so clearing that clears the secret, too. */
function webhookFrom(
  { webhook_url: givenUrl, webhook_secret: givenSecret }: Partial<JobFieldsDto>,
  present: Webhook | null,
  faults: FieldFault[],
): Webhook | null {
  const url = or(givenUrl, present?.url ?? null, null);
  if (url !== null) return { url, secret: or(givenSecret, present?.secret ?? null, null) };
  if (givenSecret)
    faults.push({ field: 'webhook_secret', message: 'needs a webhook_url to sign what is sent there' });
  return null;
}

/** What a field says: absent means the present value, null the default. */
function or<T>(given: T | null | undefined, present: T, fallback: T): T {
  return given === undefined ? present : (given ?? fallback);
}
