import { Logger } from '@nestjs/common';
import type { Settings } from '../config/settings.js';
import { CodeExecutionExecutor } from '../executors/code-execution/code-execution.executor.js';
import { FileOperationExecutor } from '../executors/file-operation/file-operation.executor.js';
import { HttpCallExecutor } from '../executors/http-call/http-call.executor.js';
import { ExecutorRegistry } from '../executors/registry.js';
import { StoredProcedureExecutor } from '../executors/stored-procedure/stored-procedure.executor.js';
import { OutboundClient } from '../platform/outbound/outbound-client.js';

/**
 * The executors that this installation offers: one line each.
 * @param threadExecArgv options of node for script threads; tests register their TypeScript loader by them
 */
export function createExecutors(settings: Settings, threadExecArgv?: readonly string[]): ExecutorRegistry {
  const outbound = new OutboundClient({ allow: settings.outboundAllow });
  const code = new CodeExecutionExecutor(outbound, {
    languages: settings.codeLanguages,
    threadExecArgv,
    hiddenPaths: [settings.dataDir, ...Object.values(settings.fileRoots)],
  });
  void reportRefusedLanguages(code);
  return new ExecutorRegistry(
    [
      new HttpCallExecutor(outbound),
      new StoredProcedureExecutor({ dataSources: settings.dataSources }),
      code,
      new FileOperationExecutor({ roots: settings.fileRoots }),
    ],
    [outbound],
  );
}

/** Says at the start which languages were asked for and cannot be isolated here. */
async function reportRefusedLanguages(code: CodeExecutionExecutor): Promise<void> {
  for (const { language, refusal } of await code.prepare()) {
    if (refusal !== null) new Logger('CodeExecution').warn(`Jobs in ${language} are refused: ${refusal}`);
  }
}
