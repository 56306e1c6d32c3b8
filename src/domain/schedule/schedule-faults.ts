import type { FieldFault } from '../errors.js';
import { expressionFaults } from './cron.js';
import { exclusionFaults } from './exclusion-faults.js';
import { INTERVAL_SECONDS } from './interval.js';
import { nextDue, nextOccurrence } from './next-occurrence.js';
import type { Schedule, SchedulePlan } from './schedule.js';
import { timezoneFault } from './timezone.js';
import { DAY } from './zone-segments.js';

/** How the fields are called in the request that brings the plan. */
export interface ScheduleFieldNames {
  scheduleExpression: string;
  intervalSeconds: string;
  runAt: string;
  timezone: string;
  startAt: string;
  endAt: string;
  exclusions: string;
}

export const SCHEDULE_FIELD_NAMES: ScheduleFieldNames = {
  scheduleExpression: 'scheduleExpression',
  intervalSeconds: 'intervalSeconds',
  runAt: 'runAt',
  timezone: 'timezone',
  startAt: 'startAt',
  endAt: 'endAt',
  exclusions: 'exclusions',
};

export interface ScheduleFaultOptions {
  /** Names that differ from the default ones. */
  names?: Partial<ScheduleFieldNames>;
  /** 5 refuses a seconds field and nicknames. */
  cronFields?: 5;
}

const FIVE_YEARS = 5 * 366 * DAY;
/** Calendar arithmetic holds up to here. */
const LAST_INSTANT = Date.UTC(2500, 0, 1);
const NO_INSTANT = 'is no instant between 1970 and 2500; write ISO 8601 such as 2030-01-31T09:00:00Z';

/**
 * Everything wrong with a plan that is about to be stored at `now`; empty when all is well.
 * When the plan has a successor, that schedule is judged: the one in force was judged when it was stored.
 */
export function scheduleFaults(
  plan: SchedulePlan,
  now: Date,
  options: ScheduleFaultOptions = {},
): FieldFault[] {
  const names = { ...SCHEDULE_FIELD_NAMES, ...options.names };
  const judged = judgedPlan(plan);
  const faults = [
    ...scheduleOwnFaults(judged.schedule, now, names, options.cronFields),
    ...boundFaults(plan, names),
    ...(plan.exclusions ? exclusionFaults(plan.exclusions, names.exclusions) : []),
  ];
  return faults.length > 0 ? faults : neverRunsFaults(judged, now, names);
}

function scheduleOwnFaults(
  schedule: Schedule,
  now: Date,
  names: ScheduleFieldNames,
  cronFields: 5 | undefined,
): FieldFault[] {
  const zone = timezoneFault(schedule.timezone);
  const zoneFaults = zone === null ? [] : [{ field: names.timezone, message: zone }];
  switch (schedule.kind) {
    case 'cron': {
      const messages = expressionFaults(schedule.expression, { fields: cronFields });
      return [...messages.map((message) => ({ field: names.scheduleExpression, message })), ...zoneFaults];
    }
    case 'interval':
      return [...intervalFaults(schedule.intervalSeconds, names.intervalSeconds), ...zoneFaults];
    case 'once':
      return [...runAtFaults(schedule.runAt, now, names.runAt), ...zoneFaults];
    case 'manual':
      return zoneFaults;
  }
}

function intervalFaults(seconds: number, field: string): FieldFault[] {
  const { min, max } = INTERVAL_SECONDS;
  if (Number.isInteger(seconds) && seconds >= min && seconds <= max) return [];
  return [{ field, message: `must be a whole number of seconds from ${min} to ${max} (one year)` }];
}

function runAtFaults(runAt: Date, now: Date, field: string): FieldFault[] {
  if (!isInstant(runAt)) return [{ field, message: NO_INSTANT }];
  if (runAt > now) return [];
  return [
    { field, message: `${runAt.toISOString()} is in the past; write an instant that is still to come` },
  ];
}

function boundFaults({ startAt, endAt }: SchedulePlan, names: ScheduleFieldNames): FieldFault[] {
  const faults = [[names.startAt, startAt] as const, [names.endAt, endAt] as const].flatMap(
    ([field, bound]) => (bound === null || isInstant(bound) ? [] : [{ field, message: NO_INSTANT }]),
  );
  if (faults.length > 0 || !startAt || !endAt || endAt > startAt) return faults;
  return [{ field: names.endAt, message: `must be after ${names.startAt}` }];
}

/** `alone` is the schedule to judge, without the one that it succeeds. */
function neverRunsFaults(alone: SchedulePlan, after: Date, names: ScheduleFieldNames): FieldFault[] {
  if (alone.schedule.kind === 'manual') return [];
  const nominal = nextOccurrence({ ...alone, exclusions: null }, after);
  if (nominal === null) {
    const field = alone.endAt ? names.endAt : names.startAt;
    return [
      {
        field,
        message: 'leaves no time at which the schedule would run; widen the time or change the schedule',
      },
    ];
  }
  // A single run may be excluded: it ends on record as excluded.
  if (alone.schedule.kind === 'once' || nextDue(alone, after.getTime(), FIVE_YEARS) !== null) return [];
  const message = 'exclude every run of the next 5 years; leave out a rule or change the schedule';
  return [{ field: names.exclusions, message }];
}

/** The schedule that a change brings, alone, from the change on. */
function judgedPlan(plan: SchedulePlan): SchedulePlan {
  if (!plan.successor) return plan;
  const { schedule, from } = plan.successor;
  const startAt = plan.startAt && plan.startAt > from ? plan.startAt : from;
  return { ...plan, schedule, startAt, successor: null };
}

function isInstant(date: Date): boolean {
  return date.getTime() < LAST_INSTANT && date.getTime() >= 0;
}
