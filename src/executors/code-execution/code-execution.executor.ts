import type { FieldFault } from '../../domain/errors.js';
import type { Outcome } from '../../domain/execution/outcome.js';
import type { OutboundClient } from '../../platform/outbound/outbound-client.js';
import type { ExecutionContext, Executor } from '../executor.js';
import { AttemptStop } from './attempt-stop.js';
import { CodeExecutionConfiguration } from './code-execution.configuration.js';
import type { CodeRunner } from './code-runner.js';
import { ScriptRunner } from './javascript/script-runner.js';
import type { ScriptPoolOptions } from './javascript/script-pool.js';
import { type CodeLanguage, isScriptLanguage } from './language.js';
import { ProcessRunner } from './sandboxed-process/process-runner.js';
import { outcomeOf, refused } from './script-outcome.js';

export interface CodeExecutionOptions extends ScriptPoolOptions {
  /** The languages that the operator switched on. Default: JavaScript and TypeScript. */
  languages?: readonly CodeLanguage[];
  /** Processor time of one run, in ms; waiting does not count. Default: one minute. */
  cpuLimitMs?: number;
  /** Absolute paths, such as the data directory, that no script may see; the start-up test looks for each. */
  hiddenPaths?: readonly string[];
  /** Python and shell scripts at once. Default 8. */
  maxProcesses?: number;
}

/** Whether jobs of one language run here. */
export interface LanguageStatus {
  language: CodeLanguage;
  /** Null: they run. */
  refusal: string | null;
}

const DEFAULT_LANGUAGES: readonly CodeLanguage[] = ['javascript', 'typescript'];
const DEFAULT_CPU_LIMIT_MS = 60_000;

/** Runs users' scripts where they can harm neither Carillon nor each other. */
export class CodeExecutionExecutor implements Executor<CodeExecutionConfiguration> {
  readonly type = 'code-execution';
  readonly configuration = CodeExecutionConfiguration;
  private readonly languages: readonly CodeLanguage[];
  private readonly scripts: CodeRunner;
  private readonly processes: CodeRunner;

  /** @param outbound the guarded client behind the scripts' `fetch` */
  constructor(outbound: Pick<OutboundClient, 'request'>, options: CodeExecutionOptions = {}) {
    const { languages, hiddenPaths, maxProcesses, ...poolOptions } = options;
    const cpuLimitMs = options.cpuLimitMs ?? DEFAULT_CPU_LIMIT_MS;
    this.languages = languages ?? DEFAULT_LANGUAGES;
    this.scripts = new ScriptRunner(outbound, { ...poolOptions, cpuLimitMs });
    this.processes = new ProcessRunner({ cpuLimitMs, hiddenPaths, maxProcesses });
  }

  /**
   * Proves the isolation of the languages that need it; the boot logs each refusal. Without this call the
   * first job of such a language waits for it.
   */
  async prepare(): Promise<LanguageStatus[]> {
    return Promise.all(
      this.languages.map(async (language) => ({ language, refusal: await this.refusal(language) })),
    );
  }

  async check(configuration: CodeExecutionConfiguration): Promise<FieldFault[]> {
    const { language, allowHttp } = configuration;
    const refusal = await this.refusal(language);
    if (refusal !== null) return [{ field: 'language', message: refusal }];
    if (!isScriptLanguage(language) && allowHttp && allowHttp.length > 0) {
      return [{ field: 'allowHttp', message: 'only javascript and typescript can call HTTP' }];
    }
    const fault = await this.runner(language).syntaxFault(configuration);
    return fault === null ? [] : [{ field: 'source', message: fault }];
  }

  targets({ allowHttp }: CodeExecutionConfiguration): string[] {
    return (allowHttp ?? []).map((origin) => new URL(origin).hostname);
  }

  async execute(configuration: CodeExecutionConfiguration, context: ExecutionContext): Promise<Outcome> {
    const started = performance.now();
    const stop = new AttemptStop(context);
    try {
      const refusal = await this.refusal(configuration.language);
      if (refusal !== null) return refused(refusal);
      const end = await this.runner(configuration.language).run({
        configuration,
        globals: globalsOf(configuration, context),
        log: context.log,
        signal: stop.signal,
      });
      return outcomeOf(end, stop.reason, performance.now() - started);
    } finally {
      stop.release();
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.scripts.close(), this.processes.close()]);
  }

  private async refusal(language: CodeLanguage): Promise<string | null> {
    if (this.languages.includes(language)) return this.runner(language).refusal();
    return `${language} is not switched on here: CODE_LANGUAGES lists ${this.languages.join(', ')}.`;
  }

  private runner(language: CodeLanguage): CodeRunner {
    return isScriptLanguage(language) ? this.scripts : this.processes;
  }
}

/** JSON of what the script is given. The payload of the trigger takes the place of the configured input. */
function globalsOf(configuration: CodeExecutionConfiguration, context: ExecutionContext): string {
  return JSON.stringify({
    input: context.payload ?? configuration.input ?? null,
    job: { id: context.jobId, name: context.jobName },
    execution: {
      id: context.executionId,
      attempt: context.attempt,
      trigger: context.trigger,
      scheduledFor: context.scheduledFor,
      deadline: context.deadline,
      idempotencyKey: context.idempotencyKey,
    },
  });
}
