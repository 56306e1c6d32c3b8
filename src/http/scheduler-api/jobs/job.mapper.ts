import type { RetryPolicy } from '../../../domain/execution/retry.js';
import type { JobDependencies } from '../../../domain/job/dependencies.js';
import type { JobView } from '../../../domain/job/view.js';
import type { Exclusions, Schedule } from '../../../domain/schedule/schedule.js';
import { jobStatusWord, jobTypeWord, scheduleTypeWord } from '../words.js';
import type { DependenciesDto } from './dependencies.dto.js';
import type { ExclusionsDto } from './exclusions.dto.js';
import type { JobDto, JobRetryPolicyDto, JobScheduleDto } from './job.dto.js';

/** A job in the words of the Scheduler API. */
export function toJobDto(job: JobView): JobDto {
  const { definition } = job;
  const { plan, misfire } = definition;
  return {
    id: job.id,
    name: definition.name,
    description: definition.description,
    jobType: jobTypeWord(definition.type),
    status: jobStatusWord(job.state),
    ...scheduleDto(plan.schedule),
    jobConfiguration: definition.configuration,
    retryPolicy: retryPolicyDto(definition.retry),
    timeoutSeconds: definition.timeoutSeconds,
    timezone: plan.schedule.timezone,
    isEnabled: job.state !== 'disabled',
    tags: definition.tags,
    createdBy: job.createdBy,
    startAt: iso(plan.startAt),
    endAt: iso(plan.endAt),
    jitterSeconds: definition.jitterSeconds,
    misfirePolicy: misfire.policy,
    misfireGraceSeconds: misfire.graceSeconds,
    catchupWindowSeconds: misfire.catchupWindowSeconds,
    maxCatchupRuns: misfire.maxCatchupRuns,
    overlapPolicy: definition.overlap,
    pauseAfterFailures: definition.pauseAfterFailures,
    priority: definition.priority,
    maxConcurrency: definition.maxConcurrency,
    ...definition.flow,
    versionPolicy: definition.versionPolicy,
    backwardsCompatible: definition.backwardsCompatible,
    nextRunAt: iso(job.nextRunAt),
    lastRunAt: iso(job.lastRunAt),
    consecutiveFailures: job.consecutiveFailures,
    scheduledChange: plan.successor && {
      ...scheduleDto(plan.successor.schedule),
      effectiveFrom: plan.successor.from.toISOString(),
    },
    exclusions: plan.exclusions && exclusionsDto(plan.exclusions),
    dependencies: job.dependencies && dependenciesDto(job.dependencies),
    version: job.version,
    createdAt: job.createdAt.toISOString(),
    updatedAt: job.updatedAt.toISOString(),
  };
}

function scheduleDto(schedule: Schedule): JobScheduleDto {
  return {
    scheduleType: scheduleTypeWord(schedule.kind),
    scheduleExpression: schedule.kind === 'cron' ? schedule.expression : null,
    intervalSeconds: schedule.kind === 'interval' ? schedule.intervalSeconds : null,
    runAt: schedule.kind === 'once' ? schedule.runAt.toISOString() : null,
    anchorAt: schedule.kind === 'interval' ? schedule.anchorAt.toISOString() : null,
  };
}

function retryPolicyDto(retry: RetryPolicy): JobRetryPolicyDto {
  const { maxAttempts, delaySeconds, strategy, maxDelaySeconds, delaysSeconds, jitter } = retry;
  const delays = delaysSeconds.length > 0 ? delaysSeconds : null;
  return { maxAttempts, delaySeconds, strategy, maxDelaySeconds, delaysSeconds: delays, jitter };
}

/** Exclusion rules in the words of the Scheduler API; none: empty ones. */
export function exclusionsDto(exclusions: Exclusions | null): ExclusionsDto {
  const { dates, daysOfWeek, timeRange } = exclusions ?? { dates: [], daysOfWeek: [], timeRange: null };
  return { excludedDates: dates, excludedDaysOfWeek: daysOfWeek, timeRange };
}

/** What a job waits for in the words of the Scheduler API. */
export function dependenciesDto(dependencies: JobDependencies | null): DependenciesDto {
  return {
    dependsOnJobIds: dependencies?.prerequisites.map((prerequisite) => prerequisite.jobId) ?? [],
    condition: dependencies?.mode === 'any' ? 'AnySucceeded' : 'AllSucceeded',
  };
}

function iso(instant: Date | null): string | null {
  return instant?.toISOString() ?? null;
}
