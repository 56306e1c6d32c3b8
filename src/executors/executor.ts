import type { Json, Outcome } from '../domain/execution/outcome.js';
import type { StopSignal } from '../platform/outbound/outbound-request.js';

/** A line that the work writes while it runs; kept as the execution's log. */
export interface LogSink {
  write(level: 'debug' | 'info' | 'warn' | 'error', message: string): void;
}

/** What an executor gets beside its configuration. */
export interface ExecutionContext {
  jobId: string;
  jobName: string;
  executionId: string;
  /** From 1. */
  attempt: number;
  trigger: string;
  /** The nominal instant of a scheduled run, else null. */
  scheduledFor: Date | null;
  /** The payload of the trigger; null when there was none. */
  payload: Json;
  /** What the run carries beside its payload; absent: nothing. */
  metadata?: Record<string, string>;
  /** What is sent and answered is to be written into the log; absent: it is not. */
  debug?: boolean;
  /** The same for every attempt of one execution: the called side can recognise a repetition by it. */
  idempotencyKey: string;
  /** When the attempt's time is over. The worker aborts `signal` then; this lets the executor pass it on. */
  deadline: Date;
  /** The time of the whole attempt, in milliseconds; absent: only `signal` says when it is over. */
  timeoutMs?: number;
  /**
   * Aborted with a reason of type `AbortReason` when the attempt must stop at once. The executor ends its
   * work, frees everything and answers; the worker decides by the reason what the attempt is recorded as.
   */
  signal: AbortSignal;
  /** The same, cheaper to listen to, for work that takes microseconds; absent: there is only `signal`. */
  stopSignal?: StopSignal;
  log: LogSink;
  /** The token by which the called side may report on this attempt; absent: it may not. */
  runToken?: () => string;
  /** Whether the values of the configuration may be sent to a host; absent: to any. */
  allowsHost?: (hostname: string) => boolean;
  /** Absent: every endpoint may be called. */
  circuits?: Circuits;
}

/** What a call of an endpoint says about it; `silent`: it neither answered nor broke off. */
export type CallVerdict = 'answered' | 'broken' | 'silent';

/** The circuit breakers as an attempt sees them. An origin is as `URL.origin` says it. */
export interface Circuits {
  /** Whether an origin may not be called now. */
  blocks(origin: string): boolean;
  /**
   * Tells how a call went.
   * @param reason what it said, for people
   */
  report(origin: string, verdict: CallVerdict, reason: string): void;
}

/**
 * Why an attempt was stopped from outside: `AbortSignal.reason` of an execution's signal. `silent`: the called side
 * has not given the sign of life that it had promised.
 */
export type AbortReason = 'timeout' | 'silent' | 'cancelled' | 'lease-lost' | 'shutdown';

/** A class whose class-validator decorators check a configuration and whose ApiProperty ones document it. */
export type ConfigurationClass<C extends object> = new () => C;

/**
 * Runs one type of job. One folder under `src/executors` and one line in `registry.ts`.
 * `execute` never throws for anything that the work, its configuration or the outside world can cause: that
 * is a `failed` outcome. A throw is a bug and is recorded as failed/system.
 */
export interface Executor<C extends object = object> {
  readonly type: string;
  readonly configuration: ConfigurationClass<C>;
  /**
   * Checks that go beyond field rules, at creation and update of a job: `[]` where all is well.
   * `field` paths are relative to the configuration.
   */
  check?(configuration: C): Promise<{ field: string; message: string }[]>;
  /**
   * The hosts that a run may send the values of its configuration to, as `URL.hostname` says them. Secrets that
   * are bound to hosts are refused where one is not allowed, or where the executor cannot tell.
   */
  targets?(configuration: C): string[];
  /**
   * The origins of the endpoints that a run calls, one in place of the other. An attempt is put off while the circuits
   * of all of them are open.
   */
  origins?(configuration: C): string[];
  execute(configuration: C, context: ExecutionContext): Promise<Outcome>;
  /** Frees pools and threads at shutdown. */
  close?(): Promise<void>;
}
