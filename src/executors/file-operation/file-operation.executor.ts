import type { Json, Outcome } from '../../domain/execution/outcome.js';
import type { JobType } from '../../domain/job/job-type.js';
import type { FieldFault } from '../../domain/errors.js';
import type { ExecutionContext, Executor } from '../executor.js';
import { Directory } from './directory.js';
import { asFault, FileFault, Stopped } from './file-fault.js';
import { FileOperationConfiguration, type FileOperationName } from './file-operation.configuration.js';
import { compileGlob } from './glob.js';
import { configurationFaults, limitsOf } from './operation-rules.js';
import { checksum } from './operations/checksum.js';
import { compress } from './operations/compress.js';
import { copy } from './operations/copy.js';
import { remove } from './operations/delete.js';
import { extract } from './operations/extract.js';
import { list } from './operations/list.js';
import { move } from './operations/move.js';
import { read } from './operations/read.js';
import type { Operation } from './operations/task.js';
import { write } from './operations/write.js';
import { parseRelativePath } from './relative-path.js';
import { Run } from './run.js';

const OPERATIONS: Record<FileOperationName, Operation> = {
  copy,
  move,
  delete: remove,
  write,
  read,
  list,
  checksum,
  compress,
  extract,
};

export interface FileOperationSettings {
  /** Root name → absolute path. Nothing outside of these directories is ever touched. */
  roots: Readonly<Record<string, string>>;
}

/** Works on files inside the roots that the administrator named. */
export class FileOperationExecutor implements Executor<FileOperationConfiguration> {
  readonly type = 'file-operation' satisfies JobType;
  readonly configuration = FileOperationConfiguration;

  constructor(private readonly settings: FileOperationSettings) {}

  /** Names every field that does not fit the operation; touches no disk. */
  check(configuration: FileOperationConfiguration): Promise<FieldFault[]> {
    return Promise.resolve(configurationFaults(configuration, Object.keys(this.settings.roots)));
  }

  async execute(configuration: FileOperationConfiguration, context: ExecutionContext): Promise<Outcome> {
    const faults = configurationFaults(configuration, Object.keys(this.settings.roots));
    if (faults.length > 0) return refused(configuration, faults);
    const run = runFor(configuration, context);
    try {
      run.checkpoint();
      const result = await this.inRoots(configuration, run, context.payload);
      return { kind: 'succeeded', output: { ...summaryOf(configuration, run), ...result } };
    } catch (error) {
      const output = summaryOf(configuration, run);
      if (error instanceof Stopped) return { kind: 'cancelled', reason: reasonOf(context.signal), output };
      return failed(asFault(error, configuration.path), output);
    }
  }

  private async inRoots(
    configuration: FileOperationConfiguration,
    run: Run,
    payload: Json,
  ): Promise<Record<string, Json>> {
    const root = await this.openRoot(configuration.root);
    try {
      const targetRoot = await this.openRoot(configuration.targetRoot ?? configuration.root);
      try {
        return await OPERATIONS[configuration.operation]({
          configuration,
          root,
          targetRoot,
          names: parseRelativePath(configuration.path).names ?? [],
          targetNames: parseRelativePath(configuration.target ?? '.').names ?? [],
          glob: configuration.glob ? compileGlob(configuration.glob).glob : undefined,
          overwrite: configuration.overwrite ?? false,
          limits: limitsOf(configuration),
          run,
          payload,
        });
      } finally {
        await targetRoot.close();
      }
    } finally {
      await root.close();
    }
  }

  private openRoot(name: string): Promise<Directory> {
    return Directory.openRoot(this.settings.roots[name] ?? '');
  }
}

function runFor(configuration: FileOperationConfiguration, { signal, log }: ExecutionContext): Run {
  const limits = limitsOf(configuration);
  if (configuration.operation !== 'extract') return new Run(signal, log, limits);
  return new Run(signal, log, limits, { entries: 'archive_too_large', bytes: 'archive_too_large' });
}

function summaryOf(configuration: FileOperationConfiguration, run: Run): Record<string, Json> {
  const { operation, root, path, target } = configuration;
  const summary: Record<string, Json> = { operation, root, path, ...run.counts };
  return target === undefined
    ? summary
    : { ...summary, target, targetRoot: configuration.targetRoot ?? root };
}

function refused({ path, target }: FileOperationConfiguration, faults: readonly FieldFault[]): Outcome {
  const message = faults.map((fault) => `${fault.field} ${fault.message}`).join('; ');
  const details = { faults: faults.map(({ field, message }) => ({ field, message })) };
  const code = leadsOut(path) || leadsOut(target ?? '.') ? 'path_escapes_root' : 'configuration_invalid';
  return { kind: 'failed', failureKind: 'error', error: { code, message, details }, retryable: false };
}

function reasonOf({ reason }: AbortSignal): string {
  return typeof reason === 'string' ? reason : 'cancelled';
}

function leadsOut(path: string): boolean {
  return parseRelativePath(path).fault?.code === 'path_escapes_root';
}

function failed(error: unknown, output: Json): Outcome {
  if (!(error instanceof FileFault)) throw error;
  const { code, message, retryable } = error;
  return { kind: 'failed', failureKind: 'error', error: { code, message }, retryable, output };
}
