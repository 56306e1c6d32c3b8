import { Logger } from '@nestjs/common';
import type { Failed, Outcome } from '../../domain/execution/outcome.js';
import { isAllowedHost } from '../../domain/job/allowed-hosts.js';
import type { RunnableDefinition } from '../../domain/job/definition.js';
import type { Executor } from '../../executors/executor.js';
import type { ExecutorRegistry } from '../../executors/registry.js';
import type { RunTokens } from '../../modules/run-reports/run-tokens.js';
import type { OpenConfiguration, SecretResolver } from '../../modules/secrets/secret-resolver.js';
import { SecretUnavailable } from '../../modules/secrets/secret-resolver.js';
import type { Attempt } from './attempt.js';
import { AttemptContext } from './attempt-context.js';
import { atTick } from './deadline.js';
import type { AttemptCircuits } from './circuits/attempt-circuits.js';
import type { CircuitBreakers } from './circuits/circuit-breakers.js';
import type { LogWriter } from './log-writer.js';

const STOP_GRACE_MS = 5_000;

/** The attempt has not been started: the circuit of an origin must close first. */
export interface NotStarted {
  kind: 'not_started';
  origin: string;
}

/** Runs one attempt: the executor of its type under a deadline and an abort signal. Never throws. */
export class ExecutionRunner {
  private readonly log = new Logger(ExecutionRunner.name);

  /**
   * @param stopGraceMs how long an executor may take to stop once it was told to; then the attempt is recorded
   *   without it
   */
  constructor(
    private readonly executors: ExecutorRegistry,
    private readonly secrets: Pick<SecretResolver, 'open'>,
    private readonly logs: Pick<LogWriter, 'of'>,
    private readonly tokens: Pick<RunTokens, 'issue'>,
    private readonly circuits: Pick<CircuitBreakers, 'of' | 'allClosed'>,
    private readonly stopGraceMs = STOP_GRACE_MS,
  ) {}

  /** @param now the instant at which the attempt starts */
  async run(attempt: Attempt, now: Date): Promise<Outcome | NotStarted> {
    const { definition } = attempt;
    if (attempt.stopReason === 'cancelled')
      return { kind: 'cancelled', reason: 'Cancelled before it started.' };
    if (!definition) return { kind: 'cancelled', reason: 'The job was deleted.' };
    const executor = this.executors.get(definition.type);
    if (!executor)
      return systemFailure('executor_missing', `This worker cannot run jobs of type ${definition.type}.`);
    try {
      const open = await this.secrets.open(attempt.execution.jobId, definition.configuration);
      const refused = refusal(executor, open);
      if (refused) return refused;
      const circuits = this.circuits.of(attempt.id, open.redactor);
      if (circuits && !this.circuits.allClosed) {
        const origin = await circuits.obstacle(executor.origins?.(open.configuration) ?? []);
        if (origin !== null) return { kind: 'not_started', origin };
      }
      try {
        return await this.execute(executor, open, circuits, attempt, definition, now);
      } finally {
        circuits?.finished();
      }
    } catch (error) {
      if (error instanceof SecretUnavailable) return refused(error.code, error.message);
      this.log.error({ err: error, executionId: attempt.id }, 'The secrets of an attempt could not be read');
      return { ...systemFailure('secrets_unavailable', 'The secrets could not be read.'), retryable: true };
    }
  }

  private async execute(
    executor: Executor,
    { configuration, redactor, bound }: OpenConfiguration,
    circuits: AttemptCircuits | undefined,
    attempt: Attempt,
    definition: RunnableDefinition,
    now: Date,
  ): Promise<Outcome> {
    const log = this.logs.of(attempt, redactor);
    const context = new AttemptContext(attempt, definition, now, log, circuits, bound, this.tokens);
    const endWait = atTick(attempt.startedTick + context.timeoutMs, () => attempt.stop('timeout'));
    try {
      const outcome = await this.untilStopped(executor.execute(configuration, context), attempt);
      return redactor.outcome(judged(outcome, attempt, definition.timeoutSeconds));
    } catch (error) {
      const { message, stack } = error as Error;
      this.log.error(
        { executionId: attempt.id, stack: redactor.text(stack ?? '') },
        `The executor of ${definition.type} threw`,
      );
      return systemFailure('executor_error', `The executor failed: ${redactor.text(message)}`);
    } finally {
      endWait();
      // Whoever sees the end of an execution finds its whole log.
      await log.flushed();
    }
  }

  /** The executor's answer, or a substitute when it does not stop although it was told to. */
  private untilStopped(work: Promise<Outcome>, attempt: Attempt): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      let guard: NodeJS.Timeout | null = null;
      const watch = () => {
        guard = setTimeout(() => {
          this.log.error(
            { executionId: attempt.id },
            'The executor does not stop; its attempt is recorded without it',
          );
          resolve(systemFailure('executor_stuck', 'The executor did not stop when it was told to.'));
        }, this.stopGraceMs);
      };
      const { stopSignal } = attempt;
      stopSignal.whenTold(watch);
      const finished = () => {
        stopSignal.removeEventListener('abort', watch);
        if (guard) clearTimeout(guard);
      };
      work.then(
        (outcome) => {
          finished();
          resolve(outcome);
        },
        (error: Error) => {
          finished();
          reject(error);
        },
      );
    });
  }
}

/** The reason of a stop decides over what the executor says, unless it had succeeded by then. */
function judged(outcome: Outcome, attempt: Attempt, timeoutSeconds: number): Outcome {
  if (outcome.kind === 'succeeded') return outcome;
  const { output, trace } = outcome;
  switch (attempt.stopReason) {
    case 'timeout':
      return {
        kind: 'failed',
        failureKind: 'timeout',
        error: { code: 'timeout', message: `The attempt ran longer than ${timeoutSeconds} seconds.` },
        retryable: true,
        output,
        trace,
      };
    case 'silent':
      return {
        kind: 'failed',
        failureKind: 'timeout',
        error: {
          code: 'heartbeat_missed',
          message: 'The endpoint promised a sign of life and gave none in time.',
        },
        retryable: true,
        output,
        trace,
      };
    case 'cancelled':
      return { kind: 'cancelled', reason: 'Cancelled while running.', output, trace };
    case 'lease-lost':
    case 'shutdown':
    case null:
      return outcome;
  }
}

/** Why a configuration may not have its secrets: one is bound to hosts, and this would send it elsewhere. */
function refusal(executor: Executor, { configuration, bound }: OpenConfiguration): Outcome | null {
  if (bound.length === 0) return null;
  const targets = executor.targets?.(configuration);
  for (const { name, allowedHosts } of bound) {
    const foreign = targets?.find((host) => !isAllowedHost(host, allowedHosts));
    if (targets === undefined)
      return refused(
        'secret_host_not_allowed',
        `The secret ${name} is bound to hosts; jobs of this type cannot use it.`,
      );
    if (foreign !== undefined)
      return refused('secret_host_not_allowed', `The secret ${name} may not be sent to this host.`);
  }
  return null;
}

function refused(code: string, message: string): Outcome {
  return { kind: 'failed', failureKind: 'error', error: { code, message }, retryable: false };
}

function systemFailure(code: string, message: string): Failed {
  return { kind: 'failed', failureKind: 'system', error: { code, message }, retryable: false };
}
