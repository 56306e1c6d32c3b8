import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { EmbeddedLog } from './embedded-log.js';

const KEPT_LINES = 20;

/** "checkpointer: PANIC:  could not write": log_line_prefix is `%b: `. */
const LINE = /^(?<writer>[^:]+): (?<severity>[A-Z]+\d?): {2}(?<text>.*)$/;

/** Hands what PostgreSQL writes to the log, each line at a fitting level, and keeps the last ones. */
export class ServerLog {
  private readonly last: string[] = [];
  private level: keyof EmbeddedLog = 'debug';

  constructor(
    private readonly log: EmbeddedLog,
    output: Readable,
  ) {
    createInterface({ input: output }).on('line', (line) => this.take(line));
  }

  /** The last lines, to tell why the server ended. */
  get tail(): string {
    return this.last.join('\n');
  }

  private take(line: string): void {
    this.last.push(line);
    if (this.last.length > KEPT_LINES) this.last.shift();
    // Lines without a head continue the message before.
    this.level = levelOf(line) ?? this.level;
    this.log[this.level](`PostgreSQL: ${line}`);
  }
}

/** @returns null for a line that continues another */
export function levelOf(line: string): keyof EmbeddedLog | null {
  const { writer, severity, text } = LINE.exec(line)?.groups ?? {};
  if (severity === undefined || text === undefined) return null;
  if (['DETAIL', 'HINT', 'CONTEXT', 'STATEMENT', 'QUERY', 'LOCATION', 'BACKTRACE'].includes(severity))
    return null;
  if (severity === 'PANIC') return 'error';
  // The client is told as well, and knows better whether it is worth a line.
  if (writer === 'client backend') return 'debug';
  if (severity === 'FATAL' || severity === 'ERROR') return 'error';
  if (severity === 'WARNING' || text.includes('terminated by signal')) return 'warn';
  return 'debug';
}
