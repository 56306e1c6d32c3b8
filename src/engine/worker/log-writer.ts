import { Logger } from '@nestjs/common';
import { setTimeout as delay } from 'node:timers/promises';
import type { Redactor } from '../../domain/execution/redaction.js';
import type { LogSink } from '../../executors/executor.js';
import {
  type ExecutionLogs,
  LOG_MAX_BYTES,
  LOG_MAX_LINES,
  type NewLogLine,
} from '../../modules/executions/execution-logs.js';
import type { Attempt } from './attempt.js';

const FLUSH_MS = 200;
/** A database that takes longer loses the race against the end of an attempt. */
const LATE_MS = 3_000;
const BATCH = 500;
const LINE_MAX_LENGTH = 8 * 1024;
/** Lines that may wait for the database, of all attempts together; what comes beyond is lost. */
const MOST_WAITING = 20_000;

/** Where a runner's lines go. */
export interface AttemptLog extends LogSink {
  /** Resolves once every line so far is on record, or could not be put there. */
  flushed(): Promise<void>;
}

/** Writes what attempts log, in batches; a few times a second, so that it can be watched. */
export class LogWriter {
  private readonly log = new Logger(LogWriter.name);
  private waiting: NewLogLine[] = [];
  private timer: NodeJS.Timeout | null = null;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly logs: Pick<ExecutionLogs, 'add'>,
    private readonly now: () => Date,
  ) {}

  /** The log of one attempt, with secrets taken out. */
  of(attempt: Attempt, redactor: Redactor): AttemptLog {
    const { executionId, attempt: number } = attempt.execution;
    let lines = 0;
    let length = 0;
    return {
      write: (level, message) => {
        // One line beyond the share, which makes the database put the mark of the cut.
        if (lines > LOG_MAX_LINES || length > LOG_MAX_BYTES) return;
        const text = storable(redactor.text(message));
        lines++;
        length += text.length;
        this.add({ executionId, attempt: number, at: this.now(), level, message: text });
      },
      flushed: () => (lines === 0 ? Promise.resolve() : soon(this.flush())),
    };
  }

  private add(line: NewLogLine): void {
    if (this.waiting.length >= MOST_WAITING) return;
    this.waiting.push(line);
    if (this.waiting.length >= BATCH) void this.flush();
    else this.timer ??= setTimeout(() => void this.flush(), FLUSH_MS);
  }

  /** One batch after the other, so that lines stay in their order. */
  private flush(): Promise<void> {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.writing = this.writing.then(() => this.write());
    return this.writing;
  }

  private async write(): Promise<void> {
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, BATCH);
      try {
        await this.logs.add(batch);
      } catch (error) {
        this.log.warn(`Lost ${batch.length} lines of execution logs: ${(error as Error).message}`);
      }
    }
  }
}

/** Logs must not hold up the result of an attempt for long. */
async function soon(written: Promise<void>): Promise<void> {
  const abort = new AbortController();
  const late = delay(LATE_MS, undefined, { signal: abort.signal }).catch(() => undefined);
  await Promise.race([written, late]);
  abort.abort();
}

function storable(text: string): string {
  const clean = text.toWellFormed().replaceAll('\u0000', '\uFFFD');
  return clean.length <= LINE_MAX_LENGTH ? clean : `${clean.slice(0, LINE_MAX_LENGTH).toWellFormed()}… [cut]`;
}
