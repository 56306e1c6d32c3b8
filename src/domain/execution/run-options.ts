import type { FieldFault } from '../errors.js';
import type { RunnableDefinition } from '../job/definition.js';
import type { Json } from './outcome.js';
import type { RetryPolicy } from './retry.js';
import { retryContradictions } from './retry-faults.js';

/** What one run overrides or carries beside its job's definition; kept under `run` in the options of an execution. */
export interface RunOptions {
  metadata?: Record<string, string>;
  tags?: Record<string, string>;
  /** ISO 8601: it was asked for not to start before. */
  startAt?: string;
  maxAttempts?: number;
  timeoutSeconds?: number;
  retryStrategy?: Exclude<RetryPolicy['strategy'], 'custom'>;
  retryDelaySeconds?: number;
  retryMaxDelaySeconds?: number;
  /** The key that its caller gave so that it is made only once. */
  idempotencyKey?: string;
  /** At most so many executions with one key run at once as the job says. */
  concurrencyKey?: string;
  /** Its calls are written into its log in full. */
  debug?: boolean;
  /** The bulk trigger that it came with. */
  batchId?: string;
  /** The run that started it. */
  parentRunId?: string;
  /** The run whose work it goes on with. */
  continuationOf?: string;
  /** How many continuations and dependencies led to it; absent: none. */
  lineageDepth?: number;
}

type Options = Record<string, Json> | null;

/** The first pause where a run lets those of a job grow that has none. */
const LEAST_GROWN_DELAY_SECONDS = 1;

/** The options of an execution that holds them. */
export function storedOptions(options: RunOptions): Record<string, Json> {
  return { run: options as Json };
}

/** The run's options among those of an execution; none: empty. */
export function runOptionsOf(options: Options): RunOptions {
  const run = options?.run;
  return typeof run === 'object' && run !== null && !Array.isArray(run) ? run : {};
}

/** The definition as it holds for one run. */
export function withOptions(definition: RunnableDefinition, options: Options): RunnableDefinition {
  if (options === null) return definition;
  const run = runOptionsOf(options);
  return {
    ...definition,
    timeoutSeconds: run.timeoutSeconds ?? definition.timeoutSeconds,
    metadata: { ...definition.metadata, ...run.metadata },
    ...(run.debug ? { debug: true } : {}),
    retry: retryOf(definition.retry, run),
  };
}

/** What a run overrides of the pauses by itself contradicts; the fields are those of `RetryPolicy`. */
export function overrideFaults(run: RunOptions): FieldFault[] {
  return retryContradictions({
    strategy: run.retryStrategy,
    delaySeconds: run.retryDelaySeconds,
    maxDelaySeconds: run.retryMaxDelaySeconds,
  });
}

/** Where a run and its job contradict each other, the run's word holds. */
function retryOf(retry: RetryPolicy, run: RunOptions): RetryPolicy {
  const { retryStrategy, retryDelaySeconds: given, retryMaxDelaySeconds } = run;
  // A list of pauses knows no first one: with that, the pauses grow from it.
  const listed = retry.strategy === 'custom' && given !== undefined;
  // A job without a pause has none that could grow.
  const grown = retryStrategy === undefined || retryStrategy === 'fixed' ? 0 : LEAST_GROWN_DELAY_SECONDS;
  const bound = retry.maxDelaySeconds;
  return {
    ...retry,
    strategy: retryStrategy ?? (listed ? 'exponential' : retry.strategy),
    delaySeconds: given ?? (retry.delaySeconds || grown),
    maxDelaySeconds: retryMaxDelaySeconds ?? (bound === null ? null : Math.max(bound, given ?? 0)),
  };
}

/**
 * From when on a run that has not started may not start any more; null: never.
 * @param ttlSeconds counted from its creation, or from the instant that it was asked to wait for
 */
export function expiryOf(
  createdAt: Date,
  startAt: string | undefined,
  ttlSeconds: number | undefined,
): Date | null {
  if (ttlSeconds === undefined) return null;
  const from = Math.max(createdAt.getTime(), startAt === undefined ? 0 : Date.parse(startAt));
  return new Date(from + ttlSeconds * 1000);
}

/** The least id of version 7 that is made at an instant or later; before 1970 there are none. */
export function leastIdAt(instant: Date): string {
  const hex = Math.max(0, instant.getTime()).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}

/** The instant that an id of version 7 was made at; null: it is of another version. */
export function instantOfId(id: string): Date | null {
  return id[14] === '7' ? new Date(prefixOf(id)) : null;
}

/** The hour of an id, counted from 1970: that in which a UUIDv7 was made. Roll-ups are kept by it. */
export function hourOfId(id: string): number {
  return Math.floor(prefixOf(id) / 3_600_000);
}

function prefixOf(id: string): number {
  return parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}
