import type { ExecutionState } from '../../domain/execution/state.js';

/** How far a stream of a run has been read. */
export interface RunCursor {
  /** The position in the record of events; null: the present. */
  events: string | null;
  /** The last attempt and state that were told; 0, −1: none. */
  attempt: number;
  rank: number;
  /** The last line of the log. */
  line: number;
  /** What has been told of the progress. */
  progress: number;
}

export const NOTHING_READ: RunCursor = { events: null, attempt: 0, rank: -1, line: 0, progress: 0 };

const TEXT = /^([\d-]{3,40})\.(\d{1,9})-(\d)\.(\d{1,9})\.(\d{1,9})$/;
/** The states of one attempt come in this order. */
const RANKS: readonly ExecutionState[] = ['waiting', 'delayed', 'queued', 'running'];

/** Where a state stands within an attempt: later ones are higher, and the end is the highest. */
export function rankOf(state: ExecutionState): number {
  const rank = RANKS.indexOf(state);
  return rank === -1 ? RANKS.length : rank;
}

/** Whether a state comes after what has been told. */
export function isNews(
  { attempt, rank }: RunCursor,
  told: { attempt: number; state: ExecutionState },
): boolean {
  return told.attempt > attempt || (told.attempt === attempt && rankOf(told.state) > rank);
}

export function cursorText({ events, attempt, rank, line, progress }: RunCursor): string {
  return `${events ?? '0-0'}.${attempt}-${Math.max(rank, 0)}.${line}.${progress}`;
}

/** Reads what `cursorText` wrote; everything else is a beginning. */
export function parseCursor(text: string): RunCursor {
  const [, events, attempt, rank, line, progress] = TEXT.exec(text) ?? [];
  if (events === undefined) return NOTHING_READ;
  return {
    events,
    attempt: Number(attempt),
    rank: Number(rank),
    line: Number(line),
    progress: Number(progress),
  };
}
