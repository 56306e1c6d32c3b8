import type { Json, Outcome } from '../../src/domain/execution/outcome.js';
import type { ExecutionContext } from '../../src/executors/executor.js';
import type { StoredProcedureConfiguration } from '../../src/executors/stored-procedure/stored-procedure.configuration.js';
import { StoredProcedureExecutor } from '../../src/executors/stored-procedure/stored-procedure.executor.js';

export interface CallExtras {
  payload?: Json;
  signal?: AbortSignal;
  timeoutMs?: number;
}

/** An executor over real data sources, with what its runs logged. */
export class Procedures {
  readonly logged: { level: string; message: string }[] = [];
  readonly executor: StoredProcedureExecutor;

  constructor(dataSources: Record<string, string>) {
    this.executor = new StoredProcedureExecutor({ dataSources });
  }

  call(
    procedure: string,
    parameters: Record<string, Json> = {},
    extra: Partial<StoredProcedureConfiguration> & CallExtras = {},
  ): Promise<Outcome> {
    const {
      payload = null,
      signal = new AbortController().signal,
      timeoutMs = 60_000,
      ...configuration
    } = extra;
    const context: ExecutionContext = {
      jobId: 'job',
      jobName: 'procedures',
      executionId: 'execution',
      attempt: 1,
      trigger: 'manual',
      scheduledFor: null,
      payload,
      idempotencyKey: 'key',
      deadline: new Date(Date.now() + timeoutMs),
      signal,
      log: { write: (level, message) => this.logged.push({ level, message }) },
    };
    return this.executor.execute({ dataSource: 'main', procedure, parameters, ...configuration }, context);
  }

  /** The faults that the creation of a job would answer, as `field: message`. */
  async faults(
    procedure: string,
    parameters: Record<string, Json> = {},
    extra: Partial<StoredProcedureConfiguration> = {},
  ): Promise<string[]> {
    const faults = await this.executor.check({ dataSource: 'main', procedure, parameters, ...extra });
    return faults.map(({ field, message }) => `${field}: ${message}`);
  }
}

export function outputOf(outcome: Outcome): Record<string, Json> {
  if (outcome.kind !== 'succeeded') throw new Error(`Expected success: ${JSON.stringify(outcome)}`);
  return outcome.output as Record<string, Json>;
}

export function failureOf(outcome: Outcome): Extract<Outcome, { kind: 'failed' }> {
  if (outcome.kind !== 'failed') throw new Error(`Expected failure: ${JSON.stringify(outcome)}`);
  return outcome;
}

/** Polls until the condition holds. */
export async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
  const giveUpAt = Date.now() + 20_000;
  while (!(await condition())) {
    if (Date.now() > giveUpAt) throw new Error(`Did not happen in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
