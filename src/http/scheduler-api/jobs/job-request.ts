import { type FieldFault, invalid } from '../../../domain/errors.js';
import { NO_RETRY, type RetryPolicy } from '../../../domain/execution/retry.js';
import { type Caller, homeProject } from '../../../domain/job/caller.js';
import type { JobEdit, NewJob } from '../../../domain/job/changes.js';
import { DEFAULT_TIMEOUT_SECONDS, type JobDefinition } from '../../../domain/job/definition.js';
import { NO_FLOW_RULES } from '../../../domain/job/flow-rules.js';
import { samePlan } from '../../../domain/job/plan.js';
import { NO_RULES } from '../../../domain/job/run-rules.js';
import type { JobView } from '../../../domain/job/view.js';
import { DEFAULT_MISFIRE, type SchedulePlan } from '../../../domain/schedule/schedule.js';
import { readDateTime } from '../date-time.js';
import { jobTypeOf } from '../words.js';
import type { CreateJobDto, UpdateJobDto } from './create-job.dto.js';
import { flowFrom } from './flow-request.js';
import type { RetryPolicyDto } from './retry-policy.dto.js';
import { readingZone, scheduleFrom } from './schedule-request.js';

const DEFAULT_TIMEZONE = 'UTC';

/** What a job starts from; a null in a request goes back to it. */
const DEFAULTS: Omit<JobDefinition, 'projectId' | 'slug' | 'name' | 'type' | 'plan'> = {
  description: null,
  configuration: {},
  jitterSeconds: 0,
  misfire: DEFAULT_MISFIRE,
  overlap: 'allow',
  pauseAfterFailures: null,
  retry: NO_RETRY,
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
export function newJobFrom(request: CreateJobDto, caller: Caller, now: Date): NewJob {
  const faults: FieldFault[] = [];
  const timezone = request.timezone ?? DEFAULT_TIMEZONE;
  const schedule = scheduleFrom(request, null, timezone, now, faults);
  const empty: SchedulePlan = { schedule, startAt: null, endAt: null, exclusions: null, successor: null };
  const definition: JobDefinition = {
    ...DEFAULTS,
    projectId: homeProject(caller),
    slug: null,
    name: request.name,
    type: jobTypeOf(request.jobType),
    plan: withBounds(empty, request, timezone),
    ...settingsFrom(request, DEFAULTS, faults),
  };
  if (faults.length > 0) throw invalid(faults);
  return { definition, enabled: request.isEnabled ?? true, createdBy: request.createdBy ?? null };
}

/**
 * What an update makes of a job: absent fields stay, null goes back to the default.
 * @throws DomainError validation_failed for fields that do not go together
 */
export function editFrom(request: UpdateJobDto, { definition }: JobView, now: Date): JobEdit {
  const faults: FieldFault[] = [];
  const edited: JobDefinition = {
    ...definition,
    name: request.name ?? definition.name,
    type: request.jobType ? jobTypeOf(request.jobType) : definition.type,
    plan: planFrom(request, definition.plan, now, faults),
    ...settingsFrom(request, definition, faults),
  };
  if (faults.length > 0) throw invalid(faults);
  return {
    definition: edited,
    enabled: request.isEnabled === null ? true : request.isEnabled,
    createdBy: request.createdBy ?? undefined,
  };
}

/** A schedule that changes takes the place of a pending change, too; a new timezone holds for both. */
function planFrom(request: UpdateJobDto, plan: SchedulePlan, now: Date, faults: FieldFault[]): SchedulePlan {
  const timezone = or(request.timezone, plan.schedule.timezone, DEFAULT_TIMEZONE);
  const schedule = scheduleFrom(request, plan.schedule, timezone, now, faults);
  const bounded = withBounds({ ...plan, schedule }, request, timezone);
  const unmoved = { ...plan.schedule, timezone };
  const sameSchedule = samePlan({ ...plan, schedule }, { ...plan, schedule: unmoved });
  const { successor } = plan;
  if (successor === null || !sameSchedule) return { ...bounded, successor: null };
  return { ...bounded, successor: { ...successor, schedule: { ...successor.schedule, timezone } } };
}

function withBounds(
  plan: SchedulePlan,
  request: Pick<CreateJobDto, 'startAt' | 'endAt'>,
  timezone: string,
): SchedulePlan {
  const read = (text: string | null | undefined, present: Date | null): Date | null => {
    if (text === undefined) return present;
    return text === null ? null : readDateTime(text, readingZone(timezone));
  };
  return { ...plan, startAt: read(request.startAt, plan.startAt), endAt: read(request.endAt, plan.endAt) };
}

/** Everything but what the job is called, does, and when. */
function settingsFrom(
  request: UpdateJobDto,
  present: typeof DEFAULTS,
  faults: FieldFault[],
): typeof DEFAULTS {
  const { misfire } = present;
  return {
    description: or(request.description, present.description, DEFAULTS.description),
    configuration: or(request.jobConfiguration, present.configuration, DEFAULTS.configuration),
    jitterSeconds: or(request.jitterSeconds, present.jitterSeconds, DEFAULTS.jitterSeconds),
    misfire: {
      policy: or(request.misfirePolicy, misfire.policy, DEFAULT_MISFIRE.policy),
      graceSeconds: or(request.misfireGraceSeconds, misfire.graceSeconds, DEFAULT_MISFIRE.graceSeconds),
      catchupWindowSeconds: or(
        request.catchupWindowSeconds,
        misfire.catchupWindowSeconds,
        DEFAULT_MISFIRE.catchupWindowSeconds,
      ),
      maxCatchupRuns: or(request.maxCatchupRuns, misfire.maxCatchupRuns, DEFAULT_MISFIRE.maxCatchupRuns),
    },
    overlap: or(request.overlapPolicy, present.overlap, DEFAULTS.overlap),
    pauseAfterFailures: or(
      request.pauseAfterFailures,
      present.pauseAfterFailures,
      DEFAULTS.pauseAfterFailures,
    ),
    retry: request.retryPolicy
      ? retryFrom(request.retryPolicy, faults)
      : or(request.retryPolicy, present.retry, NO_RETRY),
    timeoutSeconds: or(request.timeoutSeconds, present.timeoutSeconds, DEFAULTS.timeoutSeconds),
    priority: or(request.priority, present.priority, DEFAULTS.priority),
    maxConcurrency: or(request.maxConcurrency, present.maxConcurrency, DEFAULTS.maxConcurrency),
    tags: [...new Set(or(request.tags, present.tags, DEFAULTS.tags))],
    groupId: present.groupId,
    environmentId: present.environmentId,
    rules: present.rules,
    webhook: present.webhook,
    flow: flowFrom(request, present.flow),
    versionPolicy: or(request.versionPolicy, present.versionPolicy, DEFAULTS.versionPolicy),
    backwardsCompatible: or(
      request.backwardsCompatible,
      present.backwardsCompatible,
      DEFAULTS.backwardsCompatible,
    ),
  };
}

function retryFrom(request: RetryPolicyDto, faults: FieldFault[]): RetryPolicy {
  const strategy = request.strategy ?? NO_RETRY.strategy;
  for (const field of ['delaySeconds', 'jitter'] as const) {
    if (strategy !== 'custom' || !request[field]) continue;
    faults.push({ field: `retryPolicy.${field}`, message: 'does not go with the strategy custom' });
  }
  return retryPolicyOf(request);
}

/** The policy that a request describes, whatever goes together. */
export function retryPolicyOf(request: RetryPolicyDto): RetryPolicy {
  return {
    maxAttempts: request.maxAttempts,
    strategy: request.strategy ?? NO_RETRY.strategy,
    delaySeconds: request.delaySeconds ?? NO_RETRY.delaySeconds,
    maxDelaySeconds: request.maxDelaySeconds ?? NO_RETRY.maxDelaySeconds,
    delaysSeconds: request.delaysSeconds ?? [],
    jitter: request.jitter ?? NO_RETRY.jitter,
  };
}

/** What a field becomes: absent keeps the present value, null goes back to the fallback. */
function or<T>(given: T | null | undefined, present: T, fallback: T): T {
  return given === undefined ? present : (given ?? fallback);
}
