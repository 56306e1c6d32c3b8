import type { ClockChange } from '../../domain/job/clock.js';
import type { OccurrenceEntity } from './entities/occurrence.entity.js';

/** Entries of the ledger for due instants that a change of a clock leaves behind. */
export function unfired(
  skipped: ClockChange['skipped'],
  excluded: NonNullable<ClockChange['excluded']>,
): Omit<OccurrenceEntity, 'jobId' | 'recordedAt'>[] {
  const entries: Omit<OccurrenceEntity, 'jobId' | 'recordedAt'>[] = excluded.map((range) => ({
    scheduledFor: range.first,
    through: range.last,
    instants: range.count,
    result: 'excluded',
    reason: 'excluded',
  }));
  if (skipped === null) return entries;
  const { from: scheduledFor, through, instants, reason } = skipped;
  return [...entries, { scheduledFor, through, instants, result: 'skipped', reason }];
}
