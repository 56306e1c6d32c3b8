import type { ExecutionState, Trigger } from '../../domain/execution/state.js';
import type { JobState, JobType } from '../../domain/job/job-type.js';
import type { Schedule } from '../../domain/schedule/schedule.js';

/** Job types that can be created here. */
export const JOB_TYPE_WORDS = ['HttpCall', 'StoredProcedure', 'CodeExecution', 'FileOperation'] as const;
export type JobTypeWord = (typeof JOB_TYPE_WORDS)[number];

/** Job types that can be met here: another dialect may have created the job. */
export const ANY_JOB_TYPE_WORDS = [...JOB_TYPE_WORDS, 'AgentGoal'] as const;
export type AnyJobTypeWord = (typeof ANY_JOB_TYPE_WORDS)[number];

export const SCHEDULE_TYPE_WORDS = ['Cron', 'Interval', 'OneTime'] as const;
export type ScheduleTypeWord = (typeof SCHEDULE_TYPE_WORDS)[number];

/** `Manual`: created through another dialect; it runs only when triggered. */
export const ANY_SCHEDULE_TYPE_WORDS = [...SCHEDULE_TYPE_WORDS, 'Manual'] as const;
export type AnyScheduleTypeWord = (typeof ANY_SCHEDULE_TYPE_WORDS)[number];

export const JOB_STATUS_WORDS = ['Enabled', 'Paused', 'Disabled', 'Completed'] as const;
export type JobStatusWord = (typeof JOB_STATUS_WORDS)[number];

export const EXECUTION_STATUS_WORDS = ['Pending', 'Running', 'Succeeded', 'Failed', 'Cancelled'] as const;
export type ExecutionStatusWord = (typeof EXECUTION_STATUS_WORDS)[number];

export const TRIGGER_WORDS = ['Schedule', 'Manual', 'Retry', 'Workflow', 'Dependency', 'Backfill'] as const;
export type TriggerWord = (typeof TRIGGER_WORDS)[number];

const JOB_TYPES: Record<AnyJobTypeWord, JobType> = {
  HttpCall: 'http-call',
  StoredProcedure: 'stored-procedure',
  CodeExecution: 'code-execution',
  FileOperation: 'file-operation',
  AgentGoal: 'agent-goal',
};

const SCHEDULE_KINDS: Record<AnyScheduleTypeWord, Schedule['kind']> = {
  Cron: 'cron',
  Interval: 'interval',
  OneTime: 'once',
  Manual: 'manual',
};

const JOB_STATES: Record<JobStatusWord, JobState> = {
  Enabled: 'enabled',
  Paused: 'paused',
  Disabled: 'disabled',
  Completed: 'completed',
};

const EXECUTION_STATES: Record<ExecutionStatusWord, readonly ExecutionState[]> = {
  Pending: ['delayed', 'waiting', 'queued'],
  Running: ['running'],
  Succeeded: ['succeeded'],
  Failed: ['failed'],
  Cancelled: ['cancelled', 'expired', 'skipped'],
};

const TRIGGERS: Record<TriggerWord, Trigger> = {
  Schedule: 'schedule',
  Manual: 'manual',
  Retry: 'retry',
  Workflow: 'workflow',
  Dependency: 'dependency',
  Backfill: 'backfill',
};

export const jobTypeOf = (word: AnyJobTypeWord): JobType => JOB_TYPES[word];
export const jobTypeWord = (type: JobType): AnyJobTypeWord => wordFor(JOB_TYPES, (meant) => meant === type);

export const scheduleKindOf = (word: AnyScheduleTypeWord): Schedule['kind'] => SCHEDULE_KINDS[word];
export const scheduleTypeWord = (kind: Schedule['kind']): AnyScheduleTypeWord =>
  wordFor(SCHEDULE_KINDS, (meant) => meant === kind);

export const jobStateOf = (word: JobStatusWord): JobState => JOB_STATES[word];
export const jobStatusWord = (state: JobState): JobStatusWord =>
  wordFor(JOB_STATES, (meant) => meant === state);

export const executionStatesOf = (word: ExecutionStatusWord): readonly ExecutionState[] =>
  EXECUTION_STATES[word];
export const executionStatusWord = (state: ExecutionState): ExecutionStatusWord =>
  wordFor(EXECUTION_STATES, (meant) => meant.includes(state));

export const triggerWord = (trigger: Trigger): TriggerWord => wordFor(TRIGGERS, (meant) => meant === trigger);

function wordFor<Word extends string, Meaning>(
  meanings: Record<Word, Meaning>,
  fits: (meaning: Meaning) => boolean,
): Word {
  const entries = Object.entries(meanings) as [Word, Meaning][];
  const found = entries.find(([, meaning]) => fits(meaning));
  if (!found) throw new Error('The Scheduler API has no word for a value of the domain');
  return found[0];
}
