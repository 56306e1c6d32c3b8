import type { Json } from '../../domain/execution/outcome.js';
import { isAllowedHost } from '../../domain/job/allowed-hosts.js';
import type { RunnableDefinition } from '../../domain/job/definition.js';
import type { ExecutionContext, LogSink } from '../../executors/executor.js';
import type { RunTokens } from '../../modules/run-reports/run-tokens.js';
import type { OpenConfiguration } from '../../modules/secrets/secret-resolver.js';
import type { Attempt } from './attempt.js';
import type { AttemptCircuits } from './circuits/attempt-circuits.js';
import type { Stop } from './stop.js';

/** What the executor of an attempt gets beside its configuration. */
export class AttemptContext implements ExecutionContext {
  readonly jobId: string;
  readonly jobName: string;
  readonly executionId: string;
  readonly idempotencyKey: string;
  readonly attempt: number;
  readonly trigger: string;
  readonly scheduledFor: Date | null;
  readonly payload: Json;
  readonly metadata: Record<string, string> | undefined;
  readonly debug: boolean | undefined;
  readonly timeoutMs: number;
  readonly deadline: Date;
  readonly stopSignal: Stop;
  readonly allowsHost: ((host: string) => boolean) | undefined;

  /** @param startedAt the instant at which the attempt starts */
  constructor(
    private readonly of: Attempt,
    definition: RunnableDefinition,
    startedAt: Date,
    readonly log: LogSink,
    readonly circuits: AttemptCircuits | undefined,
    bound: OpenConfiguration['bound'],
    private readonly tokens: Pick<RunTokens, 'issue'>,
  ) {
    const { executionId, jobId, attempt, trigger, scheduledFor, payload } = of.execution;
    this.jobId = jobId;
    this.jobName = definition.name;
    this.executionId = executionId;
    this.idempotencyKey = executionId;
    this.attempt = attempt;
    this.trigger = trigger;
    this.scheduledFor = scheduledFor;
    this.payload = payload;
    this.metadata = definition.metadata;
    this.debug = definition.debug;
    this.timeoutMs = definition.timeoutSeconds * 1000;
    this.deadline = new Date(startedAt.getTime() + this.timeoutMs);
    this.stopSignal = of.stopSignal;
    if (bound.length > 0)
      this.allowsHost = (host) => bound.every(({ allowedHosts }) => isAllowedHost(host, allowedHosts));
  }

  readonly runToken = (): string => {
    const { executionId: runId, attempt, deadline: expiresAt } = this;
    return this.tokens.issue({ runId, attempt, started: true, expiresAt });
  };

  get signal(): AbortSignal {
    return this.of.signal;
  }
}
