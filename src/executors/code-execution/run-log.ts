import type { LogSink } from '../executor.js';
import { MAX_LOG_CHARS, MAX_LOG_LINE_CHARS, MAX_LOG_LINES } from './limits.js';

export type LogLevel = Parameters<LogSink['write']>[0];

/** The log of one run: passes lines on until the run has written its share, then one mark, then nothing. */
export class RunLog {
  private lines = 0;
  private chars = 0;
  private cut = false;

  constructor(private readonly sink: LogSink) {}

  /** Whether another line would still be kept. */
  get open(): boolean {
    return !this.cut;
  }

  write(level: LogLevel, line: string): void {
    if (this.cut) return;
    const kept = cutText(line, MAX_LOG_LINE_CHARS);
    this.lines += 1;
    this.chars += kept.length;
    if (this.lines > MAX_LOG_LINES || this.chars > MAX_LOG_CHARS) {
      this.cut = true;
      this.sink.write('warn', LOG_CUT_MARK);
      return;
    }
    this.sink.write(level, kept);
  }
}

export const LOG_CUT_MARK = `[log cut: a run keeps ${MAX_LOG_LINES} lines and ${MAX_LOG_CHARS} characters]`;

/** The text, or its beginning and a visible mark. */
export function cutText(text: string, maxChars: number): string {
  return text.length <= maxChars ? text : `${text.slice(0, maxChars)}… [cut]`;
}
