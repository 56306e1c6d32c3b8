import { setTimeout as delay } from 'node:timers/promises';
import type { ExecutionLogs } from '../../../modules/executions/execution-logs.js';
import { toLogLineDto } from './execution-log.mapper.js';

const POLL_MS = 300;
const BATCH = 500;
/** A comment so often keeps proxies from closing a quiet stream. */
const QUIET_POLLS = 50;

/**
 * Server-sent events of an execution's log: one `log` event a line, its id the line's number; then one `end`
 * event once the execution has ended.
 * @param after the last line that the reader has; 0: none
 * @param signal ends the stream early
 */
export async function* logEvents(
  logs: ExecutionLogs,
  executionId: string,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<string> {
  let last = after;
  // Tells the reader how long to wait before it comes back, in milliseconds.
  yield 'retry: 1000\n\n';
  for (let quiet = 0; !signal.aborted; quiet++) {
    // First the state, then the lines: what is written before the end is then seen before the end.
    const { ended } = await logs.state(executionId);
    for (;;) {
      const lines = await logs.after(executionId, last, BATCH);
      for (const line of lines) {
        last = line.seq;
        quiet = 0;
        yield `id: ${line.seq}\nevent: log\ndata: ${JSON.stringify(toLogLineDto(line))}\n\n`;
      }
      if (lines.length < BATCH) break;
    }
    if (ended) {
      yield 'event: end\ndata: {}\n\n';
      return;
    }
    if (quiet > 0 && quiet % QUIET_POLLS === 0) yield ': still here\n\n';
    await delay(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
}
