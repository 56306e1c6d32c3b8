import { CodeExecutionConfiguration } from '../../../executors/code-execution/code-execution.configuration.js';
import { FileOperationConfiguration } from '../../../executors/file-operation/file-operation.configuration.js';
import { HttpCallConfiguration } from '../../../executors/http-call/http-call.configuration.js';
import { StoredProcedureConfiguration } from '../../../executors/stored-procedure/stored-procedure.configuration.js';

/** The classes that document `jobConfiguration`, in the order of the job types. */
export const JOB_CONFIGURATIONS = [
  HttpCallConfiguration,
  StoredProcedureConfiguration,
  CodeExecutionConfiguration,
  FileOperationConfiguration,
] as const;
