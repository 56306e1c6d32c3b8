import { hourOfId } from '../../domain/execution/run-options.js';
import { storableJsonArray } from '../../domain/execution/storable-json.js';
import { arrayLiteral } from '../../platform/database/array-literal.js';
import type { AttemptResult } from './attempt-result.js';

/** The width of the roll-ups of what ended when. */
const BUCKET_SECONDS = 300;

/** Results for which SETTLE_SUCCEEDED is made, with the five minutes in which all of them started and ended. */
export interface PlainSuccesses {
  bucket: number;
  results: AttemptResult[];
}

/**
 * Takes the first attempts that succeeded out of a batch: those of one five minutes, of jobs of which nothing else is
 * in the batch (what counts for a streak is the order in which they ended, and only SETTLE looks at that).
 */
export function plainSuccesses(batch: readonly AttemptResult[]): PlainSuccesses {
  const mixed = new Set<string>();
  for (const result of batch) if (!isFirstSuccess(result)) mixed.add(result.jobId);
  const successes: PlainSuccesses = { bucket: 0, results: [] };
  for (const result of batch) {
    const bucket = mixed.has(result.jobId) ? null : bucketOf(result);
    if (bucket === null) continue;
    if (successes.results.length === 0) successes.bucket = bucket;
    if (bucket === successes.bucket) successes.results.push(result);
  }
  return successes;
}

/** The parameters of SETTLE_SUCCEEDED. */
export function successColumns(owner: string, results: readonly AttemptResult[], bucket: number): unknown[] {
  const places = new Map<string, number>();
  for (const { claimId } of results) if (!places.has(claimId)) places.set(claimId, places.size + 1);
  return [
    arrayLiteral([...places.keys()]),
    owner,
    arrayLiteral([...new Set(results.map((result) => result.jobId))]),
    bucket,
    arrayLiteral(results.map((result) => places.get(result.claimId) ?? null)),
    arrayLiteral(results.map((result) => result.executionId)),
    arrayLiteral(results.map((result) => hourOfId(result.executionId))),
    arrayLiteral(results.map((result) => seconds(result.startedAt ?? result.finishedAt))),
    arrayLiteral(results.map((result) => seconds(result.finishedAt))),
    storableJsonArray(results.map((result) => result.output)),
    storableJsonArray(results.map((result) => result.trace)),
  ];
}

function isFirstSuccess({ state, attempt, startedAt }: AttemptResult): boolean {
  return state === 'succeeded' && attempt === 1 && startedAt !== null;
}

/** The five minutes in which it started and ended, in seconds since 1970; null where these are different ones. */
function bucketOf({ startedAt, finishedAt }: AttemptResult): number | null {
  const bucket = floorToBucket(finishedAt);
  return startedAt !== null && floorToBucket(startedAt) === bucket ? bucket : null;
}

function floorToBucket(at: Date): number {
  return Math.floor(seconds(at) / BUCKET_SECONDS) * BUCKET_SECONDS;
}

function seconds(at: Date): number {
  return at.getTime() / 1000;
}
