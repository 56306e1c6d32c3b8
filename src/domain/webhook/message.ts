import type { Json } from '../execution/outcome.js';

/** What a receiver is told of the end of a run. */
export interface RunEnd {
  /** Such as `run.completed`. */
  type: string;
  endedAt: Date;
  /** The run as callers see it. */
  run: Record<string, Json>;
}

const MAX_BYTES = 256 * 1024;

/**
 * The body of a webhook: `{type, timestamp, data}`. Where it would be larger than 256 KiB, the largest fields of the
 * run are left out (null) until it fits, and `omitted` names them.
 */
export function webhookMessage({ type, endedAt, run }: RunEnd): string {
  const timestamp = endedAt.toISOString();
  const whole = JSON.stringify({ type, timestamp, data: run });
  if (Buffer.byteLength(whole) <= MAX_BYTES) return whole;
  const { data, omitted } = withoutLargest(run, Buffer.byteLength(whole) - MAX_BYTES);
  return JSON.stringify({ type, timestamp, data, omitted });
}

/** A copy that is at least so many bytes shorter, if that can be. */
function withoutLargest(
  run: Record<string, Json>,
  excess: number,
): { data: Record<string, Json>; omitted: string[] } {
  const sizes = Object.entries(run).map(([field, value]) => ({
    field,
    size: Buffer.byteLength(JSON.stringify(value)),
  }));
  sizes.sort((a, b) => b.size - a.size);
  const omitted: string[] = [];
  let saved = 0;
  for (const { field, size } of sizes) {
    // Naming what is left out takes room, too.
    if (saved >= excess + ROOM_FOR_NAMES) break;
    omitted.push(field);
    saved += size;
  }
  const data = Object.fromEntries(
    Object.entries(run).map(([field, value]) => [field, omitted.includes(field) ? null : value]),
  );
  return { data, omitted };
}

const ROOM_FOR_NAMES = 1_000;
