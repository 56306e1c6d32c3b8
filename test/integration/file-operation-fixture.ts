import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json, Outcome } from '../../src/domain/execution/outcome.js';
import type { ExecutionContext } from '../../src/executors/executor.js';
import type { FileOperationConfiguration } from '../../src/executors/file-operation/file-operation.configuration.js';
import { FileOperationExecutor } from '../../src/executors/file-operation/file-operation.executor.js';

/** Two roots and a directory outside of them, on a real disk. */
export class FileRoots {
  readonly logged: { level: string; message: string }[] = [];
  /** Called with every line, to act in the middle of a run. */
  onLog: () => void = () => undefined;
  readonly executor: FileOperationExecutor;

  private constructor(private readonly base: string) {
    this.executor = new FileOperationExecutor({ roots: { data: this.data(), other: this.other() } });
  }

  static async create(): Promise<FileRoots> {
    const roots = new FileRoots(await mkdtemp(join(tmpdir(), 'carillon-files-')));
    for (const path of [roots.data(), roots.other(), roots.outside()]) await mkdir(path);
    return roots;
  }

  data(...names: string[]): string {
    return join(this.base, 'data', ...names);
  }

  other(...names: string[]): string {
    return join(this.base, 'other', ...names);
  }

  outside(...names: string[]): string {
    return join(this.base, 'outside', ...names);
  }

  run(
    configuration: Omit<FileOperationConfiguration, 'root'> & { root?: string },
    { payload = null, signal = new AbortController().signal }: { payload?: Json; signal?: AbortSignal } = {},
  ): Promise<Outcome> {
    return this.executor.execute({ root: 'data', ...configuration }, this.context(payload, signal));
  }

  /** Everything in a root, as sorted relative paths; temporaries would show up here. */
  async tree(root = this.data()): Promise<string[]> {
    return (await readdir(root, { recursive: true })).sort();
  }

  remove(): Promise<void> {
    return rm(this.base, { recursive: true, force: true });
  }

  context(payload: Json = null, signal = new AbortController().signal): ExecutionContext {
    return {
      jobId: 'job',
      jobName: 'files',
      executionId: 'execution',
      attempt: 1,
      trigger: 'manual',
      scheduledFor: null,
      payload,
      idempotencyKey: 'key',
      deadline: new Date(Date.now() + 60_000),
      signal,
      log: {
        write: (level, message) => {
          this.logged.push({ level, message });
          this.onLog();
        },
      },
    };
  }
}

/** The output of a run that must have succeeded. */
export function outputOf(outcome: Outcome): Record<string, Json> {
  if (outcome.kind !== 'succeeded') throw new Error(`Expected success: ${JSON.stringify(outcome)}`);
  return outcome.output as Record<string, Json>;
}

/** The code of a run that must have failed. */
export function codeOf(outcome: Outcome): string {
  if (outcome.kind !== 'failed') throw new Error(`Expected failure: ${JSON.stringify(outcome)}`);
  return outcome.error.code;
}
