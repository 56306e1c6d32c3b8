import type { ExecutionState } from '../../../domain/execution/state.js';
import type { JobState } from '../../../domain/job/job-type.js';
import { html, type Html } from './html.js';

const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** What stands where there is nothing to show. */
export const NOTHING = html`<span class="nothing">–</span>`;

export const count = (value: number): string => WHOLE.format(value);

/** An instant in UTC, to the second; with milliseconds where it says so. */
export function instant(at: Date | null, { exact = false } = {}): Html {
  if (at === null) return NOTHING;
  const iso = at.toISOString();
  const shown = iso.slice(0, exact ? 23 : 19).replace('T', ' ');
  return html`<time datetime="${iso}" title="${iso}">${shown}</time>`;
}

/** How far an instant is from now, as in "in 5 min" or "3 h ago". */
export function relative(at: Date | null, now: Date): Html {
  if (at === null) return NOTHING;
  const distance = at.getTime() - now.getTime();
  const shown =
    Math.abs(distance) < SECOND
      ? 'now'
      : distance > 0
        ? `in ${coarse(distance)}`
        : `${coarse(-distance)} ago`;
  return html`<time datetime="${at.toISOString()}" title="${at.toISOString()}">${shown}</time>`;
}

/** A duration in milliseconds, as in "340 ms", "2.4 s", "3 min 5 s". */
export function duration(milliseconds: number | null): string {
  if (milliseconds === null) return '–';
  if (milliseconds < SECOND) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < MINUTE) return `${(milliseconds / SECOND).toFixed(1)} s`;
  if (milliseconds < HOUR) return two(milliseconds, MINUTE, 'min', SECOND, 's');
  return milliseconds < DAY
    ? two(milliseconds, HOUR, 'h', MINUTE, 'min')
    : two(milliseconds, DAY, 'd', HOUR, 'h');
}

/** How long something took or has been taking; null: it has not begun. */
export function elapsed(from: Date | null, until: Date | null): number | null {
  return from && until ? Math.max(0, until.getTime() - from.getTime()) : null;
}

/** The state of an execution or a job as a coloured word. */
export function badge(state: ExecutionState | JobState, more: string | null = null): Html {
  return html`<span class="badge ${state}">${state}${more !== null && ` · ${more}`}</span>`;
}

/** A text, cut where it is too long. */
export function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)}…`;
}

function coarse(milliseconds: number): string {
  if (milliseconds < MINUTE) return `${Math.floor(milliseconds / SECOND)} s`;
  if (milliseconds < HOUR) return `${Math.floor(milliseconds / MINUTE)} min`;
  return milliseconds < 2 * DAY
    ? `${Math.floor(milliseconds / HOUR)} h`
    : `${Math.floor(milliseconds / DAY)} d`;
}

function two(milliseconds: number, large: number, largeName: string, small: number, name: string): string {
  const rest = Math.floor((milliseconds % large) / small);
  return `${Math.floor(milliseconds / large)} ${largeName}${rest > 0 ? ` ${rest} ${name}` : ''}`;
}
