import { type FieldFault, invalid } from '../../../domain/errors.js';
import type { Schedule } from '../../../domain/schedule/schedule.js';
import { readDateTime } from '../date-time.js';
import type { RescheduleJobDto } from './reschedule-job.dto.js';
import { readingZone, scheduleFrom } from './schedule-request.js';

/**
 * The schedule that a request asks for, in the job's timezone, and from when it holds.
 * @throws DomainError validation_failed for fields that do not go together
 */
export function rescheduleFrom(
  request: RescheduleJobDto,
  { timezone }: Schedule,
  now: Date,
): { schedule: Schedule; from: Date | null } {
  const faults: FieldFault[] = [];
  const from = request.effectiveFrom ? readDateTime(request.effectiveFrom, readingZone(timezone)) : null;
  const start = from !== null && from > now ? from : now;
  const schedule = scheduleFrom(request, null, timezone, start, faults);
  if (faults.length > 0) throw invalid(faults);
  return { schedule, from };
}
