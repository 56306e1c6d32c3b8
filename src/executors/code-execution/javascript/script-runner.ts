import type { OutboundClient } from '../../../platform/outbound/outbound-client.js';
import type { CodeExecutionConfiguration } from '../code-execution.configuration.js';
import { CHECK_TIMEOUT_MS, type CodeRun, type CodeRunner, faultOf } from '../code-runner.js';
import { isScriptLanguage, type ScriptLanguage } from '../language.js';
import { DEFAULT_MEMORY_MB } from '../limits.js';
import type { ScriptEnd } from '../script-end.js';
import type { RunRequest } from './protocol.js';
import { ScriptHttp } from './script-http.js';
import { ScriptPool, type ScriptPoolOptions } from './script-pool.js';

export interface ScriptRunnerOptions extends ScriptPoolOptions {
  /** Processor time of one run, in ms; waiting does not count. */
  cpuLimitMs: number;
}

/** Runs JavaScript and TypeScript in WebAssembly machines on a pool of threads. */
export class ScriptRunner implements CodeRunner {
  private readonly pool: ScriptPool;
  /** Apart, so that a check never waits behind jobs. */
  private readonly checks: ScriptPool;

  constructor(
    private readonly outbound: Pick<OutboundClient, 'request'>,
    private readonly options: ScriptRunnerOptions,
  ) {
    this.pool = new ScriptPool(options);
    this.checks = new ScriptPool({ ...options, maxThreads: 1 });
  }

  refusal(): Promise<null> {
    return Promise.resolve(null);
  }

  run({ configuration, globals, log, signal }: CodeRun): Promise<ScriptEnd> {
    const http = new ScriptHttp(this.outbound, configuration.allowHttp ?? []);
    const task = {
      request: this.request(configuration, globals, false),
      log: log.write.bind(log),
      fetch: http.fetch.bind(http),
    };
    return this.pool.run(task, signal);
  }

  async syntaxFault(configuration: CodeExecutionConfiguration): Promise<string | null> {
    const http = new ScriptHttp(this.outbound, []);
    const task = {
      request: this.request(configuration, '{}', true),
      log: () => undefined,
      fetch: http.fetch.bind(http),
    };
    return faultOf(await this.checks.run(task, AbortSignal.timeout(CHECK_TIMEOUT_MS)));
  }

  async close(): Promise<void> {
    await Promise.all([this.pool.close(), this.checks.close()]);
  }

  private request(
    configuration: CodeExecutionConfiguration,
    globals: string,
    checkOnly: boolean,
  ): RunRequest {
    return {
      language: scriptLanguage(configuration),
      source: configuration.source,
      checkOnly,
      globals,
      memoryMb: configuration.memoryMb ?? DEFAULT_MEMORY_MB,
      cpuLimitMs: this.options.cpuLimitMs,
    };
  }
}

function scriptLanguage({ language }: CodeExecutionConfiguration): ScriptLanguage {
  if (!isScriptLanguage(language)) throw new Error(`${language} is not a language of this runner.`);
  return language;
}
