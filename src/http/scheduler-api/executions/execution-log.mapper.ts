import type { LogLine } from '../../../modules/executions/execution-logs.js';
import type { ExecutionLogLineDto } from './execution-log.dto.js';

/** A line of a log in the words of the Scheduler API. */
export function toLogLineDto({ seq, at, level, message, attempt }: LogLine): ExecutionLogLineDto {
  return { sequence: seq, timestamp: at.toISOString(), level, message, attempt };
}
