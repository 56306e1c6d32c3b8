import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Failed, Json, Outcome } from '../../src/domain/execution/outcome.js';
import type { CodeExecutionConfiguration } from '../../src/executors/code-execution/code-execution.configuration.js';
import {
  CodeExecutionExecutor,
  type CodeExecutionOptions,
} from '../../src/executors/code-execution/code-execution.executor.js';
import type { AbortReason, ExecutionContext } from '../../src/executors/executor.js';
import { OutboundClient } from '../../src/platform/outbound/outbound-client.js';

const LOADER = pathToFileURL(join(import.meta.dirname, '../support/typescript-loader.mjs')).href;

export interface LogLine {
  level: string;
  message: string;
}

/** One finished attempt, with what it logged. */
export interface Ran {
  outcome: Outcome;
  log: LogLine[];
}

export interface RunOptions extends Partial<Omit<CodeExecutionConfiguration, 'source'>> {
  payload?: Json;
  /** Milliseconds from now; default a minute. */
  timeoutMs?: number;
  signal?: AbortSignal;
  onLog?: (line: LogLine) => void;
}

/** An executor with real threads and a real HTTP client, and short ways to run scripts in it. */
export class CodeFixture {
  readonly outbound: OutboundClient;
  readonly executor: CodeExecutionExecutor;

  /** @param allow networks that scripts may reach, beside their job's origins */
  constructor(options: CodeExecutionOptions = {}, allow: readonly string[] = ['127.0.0.0/8']) {
    this.outbound = new OutboundClient({ allow });
    this.executor = new CodeExecutionExecutor(this.outbound, {
      threadExecArgv: ['--import', LOADER],
      ...options,
    });
  }

  async close(): Promise<void> {
    await this.executor.close();
    await this.outbound.close();
  }

  async run(source: string, options: RunOptions = {}): Promise<Ran> {
    const log: LogLine[] = [];
    const { payload, timeoutMs, signal, onLog, language, ...rest } = options;
    const context: ExecutionContext = {
      jobId: 'job-1',
      jobName: 'nightly',
      executionId: 'execution-1',
      attempt: 2,
      trigger: 'manual',
      scheduledFor: new Date('2026-01-02T03:04:05.000Z'),
      payload: payload ?? null,
      idempotencyKey: 'key-1',
      deadline: new Date(Date.now() + (timeoutMs ?? 60_000)),
      signal: signal ?? new AbortController().signal,
      log: {
        write(level, message) {
          log.push({ level, message });
          onLog?.({ level, message });
        },
      },
    };
    const outcome = await this.executor.execute(
      { ...rest, language: language ?? 'javascript', source },
      context,
    );
    return { outcome, log };
  }

  /** The value that the script returns; throws where it does not succeed. */
  async value(source: string, options: RunOptions = {}): Promise<Json> {
    const { outcome } = await this.run(source, options);
    if (outcome.kind !== 'succeeded')
      throw new Error(`The script did not succeed: ${JSON.stringify(outcome)}`);
    return outcome.output;
  }

  /** How the script fails; throws where it does not. */
  async failure(source: string, options: RunOptions = {}): Promise<Failed> {
    const { outcome } = await this.run(source, options);
    if (outcome.kind !== 'failed') throw new Error(`The script did not fail: ${JSON.stringify(outcome)}`);
    return outcome;
  }

  /** Aborts as the worker does. */
  static abortAfter(ms: number, reason: AbortReason): AbortSignal {
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), ms);
    return controller.signal;
  }
}
