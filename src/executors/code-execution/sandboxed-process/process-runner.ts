import type { Readable } from 'node:stream';
import type { CodeExecutionConfiguration } from '../code-execution.configuration.js';
import { CHECK_TIMEOUT_MS, type CodeRun, type CodeRunner, faultOf } from '../code-runner.js';
import { isProcessLanguage, type ProcessLanguage } from '../language.js';
import { DEFAULT_MEMORY_MB, MAX_ERROR_CHARS, MAX_LOG_LINE_CHARS, MAX_OUTPUT_BYTES } from '../limits.js';
import { RunLog } from '../run-log.js';
import type { ScriptEnd } from '../script-end.js';
import type { SandboxedProcess } from './bubblewrap.js';
import { type InterpreterRun, programFor } from './interpreters.js';
import { isolationFault } from './isolation-self-test.js';
import { endOfProcess, MAX_STREAM_CHARS, type ProcessResult } from './process-result.js';
import { ProcessSandbox } from './process-sandbox.js';

export interface ProcessRunnerOptions {
  /** Processor time of each process of a run, in ms. */
  cpuLimitMs: number;
  /** Absolute paths that the start-up test must not find in the sandbox. */
  hiddenPaths?: readonly string[];
  /** Default 8. */
  maxProcesses?: number;
}

/** Room for the runner's own words around an output of the full size. */
const MAX_RESULT_BYTES = MAX_OUTPUT_BYTES + 64 * 1024;

/** Runs Python and shell scripts as processes under bubblewrap, once its isolation has been proven here. */
export class ProcessRunner implements CodeRunner {
  private readonly sandbox: ProcessSandbox;
  private readonly closing = new AbortController();
  private proof: Promise<string | null> | null = null;

  constructor(private readonly options: ProcessRunnerOptions) {
    this.sandbox = new ProcessSandbox(options.maxProcesses ?? 8);
  }

  refusal(): Promise<string | null> {
    this.proof ??= isolationFault(this.sandbox, this.options.hiddenPaths ?? []);
    return this.proof;
  }

  run({ configuration, globals, log, signal }: CodeRun): Promise<ScriptEnd> {
    return this.interpret(configuration, { globals, checkOnly: false }, new RunLog(log), signal);
  }

  async syntaxFault(configuration: CodeExecutionConfiguration): Promise<string | null> {
    const silent = new RunLog({ write: () => undefined });
    const given = { globals: '{}', checkOnly: true };
    return faultOf(await this.interpret(configuration, given, silent, AbortSignal.timeout(CHECK_TIMEOUT_MS)));
  }

  close(): Promise<void> {
    this.closing.abort();
    return Promise.resolve();
  }

  private async interpret(
    configuration: CodeExecutionConfiguration,
    given: Pick<InterpreterRun, 'globals' | 'checkOnly'>,
    log: RunLog,
    signal: AbortSignal,
  ): Promise<ScriptEnd> {
    const language = processLanguage(configuration);
    const program = programFor(language, {
      ...given,
      source: configuration.source,
      memoryMb: configuration.memoryMb ?? DEFAULT_MEMORY_MB,
      cpuSeconds: Math.ceil(this.options.cpuLimitMs / 1000),
    });
    const stop = AbortSignal.any([signal, this.closing.signal]);
    try {
      const result = await this.sandbox.run(program, stop, (process) => collect(process, log));
      if (result === null || stop.aborted) return { kind: 'stopped' };
      return endOfProcess(language, result);
    } catch (error) {
      return { kind: 'unavailable', message: error instanceof Error ? error.message : String(error) };
    }
  }
}

/** Reads everything that the process writes, within bounds. */
async function collect(process: SandboxedProcess, log: RunLog): Promise<ProcessResult> {
  let errorTail = '';
  let chars = 0;
  const count = (chunk: string) => {
    chars += chunk.length;
    if (chars > MAX_STREAM_CHARS) process.kill();
  };
  eachLine(process.stdout, count, (line) => log.write('info', line));
  eachLine(process.stderr, count, (line) => {
    errorTail = `${errorTail}${line}\n`.slice(-MAX_ERROR_CHARS);
    log.write('warn', line);
  });
  const result = await upTo(MAX_RESULT_BYTES, process);
  const { code } = await process.ended;
  return { code, result, errorTail, flooded: chars > MAX_STREAM_CHARS };
}

/** Splits a stream into lines; one without end is split where a line of the log ends. */
function eachLine(stream: Readable, count: (chunk: string) => void, write: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    count(chunk);
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(write);
    if (rest.length <= MAX_LOG_LINE_CHARS) return;
    write(rest);
    rest = '';
  });
  stream.on('end', () => {
    if (rest !== '') write(rest);
  });
}

/** The text of the process's output; null, and the process killed, where it is longer. */
async function upTo(maxBytes: number, process: SandboxedProcess): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.output as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      process.kill();
      return null;
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function processLanguage({ language }: CodeExecutionConfiguration): ProcessLanguage {
  if (!isProcessLanguage(language)) throw new Error(`${language} is not a language of this runner.`);
  return language;
}
