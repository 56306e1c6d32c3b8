/** The kinds of work a job can do; each has one executor. Dialects have their own spelling. */
export const JOB_TYPES = [
  'http-call',
  'stored-procedure',
  'code-execution',
  'file-operation',
  'agent-goal',
] as const;
export type JobType = (typeof JOB_TYPES)[number];

export type JobState = 'enabled' | 'paused' | 'disabled' | 'completed';
