import type { Json } from '../execution/outcome.js';
import type { RetryPolicy } from '../execution/retry.js';
import type { MisfireRules, OverlapPolicy, SchedulePlan } from '../schedule/schedule.js';
import type { Webhook } from '../webhook/webhook.js';
import { type FlowRules, hasFlowRules } from './flow-rules.js';
import type { JobType } from './job-type.js';
import type { RunRules } from './run-rules.js';
import type { VersionPolicy } from './version-policy.js';

/** A job as people define it: what to run, when, and how. No dialect's words. */
export interface JobDefinition {
  projectId: string;
  slug: string | null;
  name: string;
  description: string | null;
  type: JobType;
  configuration: Record<string, Json>;
  plan: SchedulePlan;
  /** Each run starts up to this many seconds after its nominal instant. */
  jitterSeconds: number;
  misfire: MisfireRules;
  overlap: OverlapPolicy;
  /** Pause the job after this many failures in a row; null: never. */
  pauseAfterFailures: number | null;
  retry: RetryPolicy;
  /** Longest duration of one attempt. */
  timeoutSeconds: number;
  /** 0–10, higher first. */
  priority: number;
  /** At most this many executions at once, over all workers; null: no limit. */
  maxConcurrency: number | null;
  /** When its executions may start, beside that. */
  flow: FlowRules;
  tags: string[];
  /** A label of the people who run it; null: none. */
  groupId: string | null;
  /** Likewise. */
  environmentId: string | null;
  rules: RunRules;
  /** Is told of the end of each run; null: nobody is. */
  webhook: Webhook | null;
  versionPolicy: VersionPolicy;
  /** Runs that were made for the version before may be carried out by this one. */
  backwardsCompatible: boolean;
}

export const DEFAULT_TIMEOUT_SECONDS = 300;

/** The part of a definition that a worker needs; kept for each version in `job_versions.definition`. */
export interface RunnableDefinition {
  name: string;
  type: JobType;
  configuration: Record<string, Json>;
  retry: RetryPolicy;
  timeoutSeconds: number;
  /** What every run carries; absent: nothing. */
  metadata?: Record<string, string>;
  /** Calls are written into the log in full; only ever set for one run. */
  debug?: boolean;
  /** A run that has not started so long after it could expires; absent: never. */
  ttlSeconds?: number;
  /** Absent: this version itself carries out the runs that were made for it. */
  versionPolicy?: Exclude<VersionPolicy, 'pin'>;
}

/** The parts of a definition that decide when executions may start. */
export type FlowParts = Pick<JobDefinition, 'overlap' | 'maxConcurrency' | 'flow'>;

/** Whether executions of the job must be admitted one by one: it has a limit, or its runs may not overlap. */
export function isFlowControlled({ overlap, maxConcurrency, flow }: FlowParts): boolean {
  return overlap !== 'allow' || maxConcurrency !== null || hasFlowRules(flow);
}

/** What a worker keeps of a definition. */
export function runnablePart(definition: JobDefinition): RunnableDefinition {
  const { name, type, configuration, retry, timeoutSeconds, jitterSeconds, rules, versionPolicy } =
    definition;
  const { metadata, ttlSeconds } = rules;
  return {
    name,
    type,
    configuration,
    retry,
    timeoutSeconds,
    ...(Object.keys(metadata).length > 0 ? { metadata } : {}),
    ...(ttlSeconds === null ? {} : { ttlSeconds: ttlSeconds + jitterSeconds }),
    ...(versionPolicy === 'pin' ? {} : { versionPolicy }),
  };
}
