/** When a job runs by itself. All instants are UTC `Date`s of millisecond precision. */
export type Schedule = CronSchedule | IntervalSchedule | OnceSchedule | ManualSchedule;

export interface CronSchedule {
  kind: 'cron';
  /** 5 fields, or 6 with leading seconds, or a nickname such as `@daily`. */
  expression: string;
  /** IANA name in which the fields are read. */
  timezone: string;
}

export interface IntervalSchedule {
  kind: 'interval';
  intervalSeconds: number;
  /** Runs fall on `anchorAt + n × intervalSeconds`, n ≥ 1, so restarts cause no drift. */
  anchorAt: Date;
  /** IANA name in which exclusions are read. */
  timezone: string;
}

export interface OnceSchedule {
  kind: 'once';
  runAt: Date;
  timezone: string;
}

/** Runs only when triggered. */
export interface ManualSchedule {
  kind: 'manual';
  timezone: string;
}

export const DAYS_OF_WEEK = [
  'Sunday',
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
] as const;
export type DayOfWeek = (typeof DAYS_OF_WEEK)[number];

/** Instants at which a scheduled run must not start, read in the schedule's timezone. */
export interface Exclusions {
  /** Calendar dates, `YYYY-MM-DD`. */
  dates: string[];
  daysOfWeek: DayOfWeek[];
  /** `HH:mm` each; start is excluded, end is not; may pass midnight (start > end). */
  timeRange: { start: string; end: string } | null;
}

/** Everything that decides which instants are due. */
export interface SchedulePlan {
  schedule: Schedule;
  /** No run before this instant. */
  startAt: Date | null;
  /** No run after this instant. */
  endAt: Date | null;
  exclusions: Exclusions | null;
  /** A schedule that takes over at `from`: the old one holds before it, this one from it on. */
  successor: { schedule: Schedule; from: Date } | null;
}

export type MisfirePolicy = 'fireOnce' | 'fireAll' | 'skip';

/** What happens to instants that passed while nothing could fire them. */
export interface MisfireRules {
  policy: MisfirePolicy;
  /** An instant fired within this many seconds counts as on time. */
  graceSeconds: number;
  /** Missed instants older than this are never caught up. */
  catchupWindowSeconds: number;
  /** At most this many missed instants are caught up, the newest ones. */
  maxCatchupRuns: number;
}

export const DEFAULT_MISFIRE: MisfireRules = {
  policy: 'fireOnce',
  graceSeconds: 60,
  catchupWindowSeconds: 86_400,
  maxCatchupRuns: 100,
};

export type OverlapPolicy = 'allow' | 'skip' | 'queueOne' | 'queueAll' | 'cancelRunning';
