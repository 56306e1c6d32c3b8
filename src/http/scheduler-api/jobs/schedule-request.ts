import type { FieldFault } from '../../../domain/errors.js';
import type { Schedule } from '../../../domain/schedule/schedule.js';
import { timezoneFault } from '../../../domain/schedule/timezone.js';
import { readDateTime } from '../date-time.js';
import { scheduleKindOf, scheduleTypeWord, type ScheduleTypeWord } from '../words.js';
import type { ScheduleFieldsDto } from './schedule-fields.dto.js';

/** The schedule part of a request; absent fields stay as they are in an update. */
export type ScheduleRequest = Partial<ScheduleFieldsDto> & { scheduleType?: ScheduleTypeWord };

const OWN_FIELDS: Record<Schedule['kind'], readonly (keyof ScheduleFieldsDto)[]> = {
  cron: ['scheduleExpression'],
  interval: ['intervalSeconds', 'anchorAt'],
  once: ['runAt'],
  manual: [],
};
const ALL_FIELDS = ['scheduleExpression', 'intervalSeconds', 'runAt', 'anchorAt'] as const;

/** What date-times without an offset are read in: the wanted timezone, or UTC while that one is at fault. */
export function readingZone(timezone: string): string {
  return timezoneFault(timezone) === null ? timezone : 'UTC';
}

/**
 * Makes a schedule from a request.
 * @param present what absent fields are taken from; null for a new job
 * @param start the instant from which the schedule holds: the anchor of a new interval
 * @param faults gets what is wrong with the request; with any, the answer is of no use
 */
export function scheduleFrom(
  request: ScheduleRequest,
  present: Schedule | null,
  timezone: string,
  start: Date,
  faults: FieldFault[],
): Schedule {
  const kind = request.scheduleType ? scheduleKindOf(request.scheduleType) : (present?.kind ?? 'manual');
  faults.push(...foreignFields(request, kind));
  const zone = readingZone(timezone);
  switch (kind) {
    case 'cron': {
      const kept = present?.kind === 'cron' ? present.expression : undefined;
      const expression = required('scheduleExpression', request.scheduleExpression, kept, faults) ?? '';
      return { kind, expression, timezone };
    }
    case 'interval':
      return { kind, ...intervalFrom(request, present, zone, start, faults), timezone };
    case 'once': {
      const kept = present?.kind === 'once' ? present.runAt.toISOString() : undefined;
      const runAt = required('runAt', request.runAt, kept, faults);
      return { kind, runAt: readDateTime(runAt ?? '', zone) ?? start, timezone };
    }
    case 'manual':
      return { kind, timezone };
  }
}

/** An interval that stays the same keeps its anchor. */
function intervalFrom(
  request: ScheduleRequest,
  present: Schedule | null,
  zone: string,
  start: Date,
  faults: FieldFault[],
): { intervalSeconds: number; anchorAt: Date } {
  const before = present?.kind === 'interval' ? present : null;
  const intervalSeconds =
    required('intervalSeconds', request.intervalSeconds, before?.intervalSeconds, faults) ?? 1;
  const kept = before?.intervalSeconds === intervalSeconds ? before.anchorAt : start;
  const anchorAt = request.anchorAt ? (readDateTime(request.anchorAt, zone) ?? start) : kept;
  return { intervalSeconds, anchorAt };
}

function required<T>(
  field: string,
  given: T | null | undefined,
  kept: T | undefined,
  faults: FieldFault[],
): T | undefined {
  const value = given === undefined ? kept : (given ?? undefined);
  if (value === undefined) {
    const type = scheduleTypeWord(
      field === 'scheduleExpression' ? 'cron' : field === 'runAt' ? 'once' : 'interval',
    );
    faults.push({ field, message: `is required when scheduleType is ${type}` });
  }
  return value;
}

function foreignFields(request: ScheduleRequest, kind: Schedule['kind']): FieldFault[] {
  const foreign = ALL_FIELDS.filter(
    (field) => (request[field] ?? null) !== null && !OWN_FIELDS[kind].includes(field),
  );
  return foreign.map((field) => ({
    field,
    message: `does not go with scheduleType ${scheduleTypeWord(kind)}; leave it out, or send the scheduleType it belongs to`,
  }));
}
