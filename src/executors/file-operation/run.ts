import type { LogSink } from '../executor.js';
import { FileFault, Stopped, type FileFaultCode } from './file-fault.js';

/** How much one run may work on before it is refused. */
export interface Limits {
  maxEntries: number;
  maxBytes: number;
}

/** What a run has done so far; part of every output. */
export interface Counts {
  files: number;
  directories: number;
  bytes: number;
  skipped: number;
}

const ENTRIES_BETWEEN_LINES = 500;
const BYTES_BETWEEN_LINES = 256 * 1024 * 1024;
const SKIPPED_NAMED = 20;

/** One run of an operation: counts what it does, holds it to its limits, logs progress, and stops it when told. */
export class Run {
  readonly counts: Counts = { files: 0, directories: 0, bytes: 0, skipped: 0 };
  private lastLine = { entries: 0, bytes: 0 };

  constructor(
    private readonly signal: AbortSignal,
    private readonly log: LogSink,
    private readonly limits: Limits,
    /** What an excess is called: archives have their own code. */
    private readonly excess: { entries: FileFaultCode; bytes: FileFaultCode } = {
      entries: 'too_many_entries',
      bytes: 'too_large',
    },
  ) {}

  /** The same signal, log and limits with counts of its own: for a look ahead, or the second half of one work. */
  aside(): Run {
    return new Run(this.signal, this.log, this.limits, this.excess);
  }

  /** Called between entries and between chunks. */
  checkpoint(): void {
    if (this.signal.aborted) throw new Stopped();
  }

  countFile(): void {
    this.counts.files++;
    this.counted();
  }

  countDirectory(): void {
    this.counts.directories++;
    this.counted();
  }

  countBytes(bytes: number): void {
    this.checkpoint();
    this.counts.bytes += bytes;
    if (this.counts.bytes > this.limits.maxBytes) {
      throw new FileFault(
        this.excess.bytes,
        `More than ${this.limits.maxBytes} bytes: the limit "maxBytes".`,
      );
    }
    this.reportProgress();
  }

  /** Something that is left out on purpose: said in the log, counted in the output. */
  skip(path: string, why: string): void {
    this.counts.skipped++;
    if (this.counts.skipped <= SKIPPED_NAMED) this.log.write('warn', `Left out "${path}": ${why}.`);
    if (this.counts.skipped === SKIPPED_NAMED) this.log.write('warn', 'Further ones are counted, not named.');
  }

  private counted(): void {
    this.checkpoint();
    if (this.entries() > this.limits.maxEntries) {
      throw new FileFault(
        this.excess.entries,
        `More than ${this.limits.maxEntries} entries: the limit "maxEntries".`,
      );
    }
    this.reportProgress();
  }

  private entries(): number {
    return this.counts.files + this.counts.directories;
  }

  private reportProgress(): void {
    const entries = this.entries();
    const { bytes } = this.counts;
    if (
      entries - this.lastLine.entries < ENTRIES_BETWEEN_LINES &&
      bytes - this.lastLine.bytes < BYTES_BETWEEN_LINES
    ) {
      return;
    }
    this.lastLine = { entries, bytes };
    this.log.write(
      'info',
      `So far ${this.counts.files} files, ${this.counts.directories} directories, ${bytes} bytes.`,
    );
  }
}
