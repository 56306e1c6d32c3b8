import { cronSequence } from './cron-sequence.js';

const MINUTE_MS = 60_000;
/** How far ahead the end of an open window is looked for. */
const LOOK_AHEAD_MINUTES = 60;

/** Where an instant lies: in a minute that matches, or not. */
export type WindowState =
  | {
      isOpen: true;
      /** Until then every minute matches; null: at least for an hour. */ closesAt: Date | null;
    }
  | { isOpen: false; /** The next minute that matches; null: none does. */ opensAt: Date | null };

/**
 * Whether an execution may start at `now` by a window that a cron expression of five fields describes.
 * @throws TypeError | RangeError when the expression or timezone is not valid
 */
export function windowAt(expression: string, timezone: string, now: Date): WindowState {
  const sequence = cronSequence(expression, timezone);
  const minute = now.getTime() - (now.getTime() % MINUTE_MS);
  const first = sequence.next(minute - 1);
  if (first !== minute) return { isOpen: false, opensAt: first === null ? null : new Date(first) };
  for (let minutes = 1; minutes <= LOOK_AHEAD_MINUTES; minutes++) {
    const next = minute + minutes * MINUTE_MS;
    if (sequence.next(next - 1) !== next) return { isOpen: true, closesAt: new Date(next) };
  }
  return { isOpen: true, closesAt: null };
}
