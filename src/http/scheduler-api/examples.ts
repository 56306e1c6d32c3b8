import type { CreateJobDto, UpdateJobDto } from './jobs/create-job.dto.js';
import type { ExecutionAttemptDto, JobExecutionDto } from './executions/execution.dto.js';
import type { JobDto } from './jobs/job.dto.js';
import type { RescheduleJobDto } from './jobs/reschedule-job.dto.js';

/** Requests and answers as the OpenAPI document shows them; they all belong to one story. */

export const CRON_JOB_REQUEST: CreateJobDto = {
  name: 'Sync inventory feed',
  description: 'Calls the upstream inventory API every weekday morning.',
  jobType: 'HttpCall',
  scheduleType: 'Cron',
  scheduleExpression: '0 7 * * 1-5',
  intervalSeconds: null,
  runAt: null,
  jobConfiguration: {
    url: 'https://your-service.example.com/api/sync',
    method: 'POST',
    headers: { 'X-Api-Key': 'abc123' },
    body: null,
  },
  retryPolicy: { maxAttempts: 3, delaySeconds: 30 },
  timeoutSeconds: 120,
  timezone: 'America/New_York',
  isEnabled: true,
  tags: ['inventory', 'weekday'],
  createdBy: 'ops-team',
};

export const INTERVAL_JOB_REQUEST: CreateJobDto = {
  name: 'Poll the message bridge',
  jobType: 'HttpCall',
  scheduleType: 'Interval',
  intervalSeconds: 30,
  jobConfiguration: { url: 'https://your-service.example.com/api/poll' },
  overlapPolicy: 'skip',
  misfirePolicy: 'skip',
};

export const ONE_TIME_JOB_REQUEST: CreateJobDto = {
  name: 'Open the spring sale',
  jobType: 'HttpCall',
  scheduleType: 'OneTime',
  runAt: '2030-03-01T09:00:00',
  timezone: 'Europe/London',
  jobConfiguration: { url: 'https://your-service.example.com/api/sale', body: { open: true } },
  retryPolicy: { maxAttempts: 5, delaySeconds: 10, strategy: 'exponential', maxDelaySeconds: 300 },
};

export const STORED_PROCEDURE_JOB_REQUEST: CreateJobDto = {
  name: 'Close the month',
  jobType: 'StoredProcedure',
  scheduleType: 'Cron',
  scheduleExpression: '0 2 1 * *',
  jobConfiguration: {
    dataSource: 'reporting',
    schema: 'billing',
    procedure: 'close_month',
    parameters: { dry_run: false },
  },
};

export const CODE_EXECUTION_JOB_REQUEST: CreateJobDto = {
  name: 'Sum up the numbers',
  jobType: 'CodeExecution',
  scheduleType: 'Interval',
  intervalSeconds: 3600,
  jobConfiguration: {
    language: 'typescript',
    source:
      'const sum = input.numbers.reduce((a: number, b: number) => a + b, 0);\nconsole.log("sum", sum);\nreturn { sum };',
    input: { numbers: [1, 2, 3] },
  },
};

export const FILE_OPERATION_JOB_REQUEST: CreateJobDto = {
  name: 'Pack the reports',
  jobType: 'FileOperation',
  scheduleType: 'Cron',
  scheduleExpression: '30 3 * * *',
  jobConfiguration: {
    operation: 'compress',
    root: 'exports',
    path: 'reports',
    target: 'archive/reports.zip',
    glob: '**/*.csv',
    overwrite: true,
  },
};

export const SECRET_JOB_REQUEST: CreateJobDto = {
  name: 'Sync with a kept key',
  jobType: 'HttpCall',
  scheduleType: 'Interval',
  intervalSeconds: 300,
  jobConfiguration: {
    url: 'https://your-service.example.com/api/sync',
    headers: { 'X-Api-Key': '${{ secrets.INVENTORY_API_KEY }}' },
  },
};

export const JOB_UPDATE: UpdateJobDto = {
  description: 'Calls the upstream inventory API every morning.',
  scheduleExpression: '0 7 * * *',
  tags: ['inventory', 'daily'],
};

export const RESCHEDULE_REQUEST: RescheduleJobDto = {
  scheduleType: 'Cron',
  scheduleExpression: '0 9 * * 1-5',
  effectiveFrom: '2030-02-01T00:00:00Z',
};

export const JOB_EXAMPLE: JobDto = {
  id: '01986f3e-6d3b-7c4e-9c1f-3a5b7d9e1f20',
  name: 'Sync inventory feed',
  description: 'Calls the upstream inventory API every weekday morning.',
  jobType: 'HttpCall',
  status: 'Enabled',
  scheduleType: 'Cron',
  scheduleExpression: '0 7 * * 1-5',
  intervalSeconds: null,
  runAt: null,
  anchorAt: null,
  jobConfiguration: {
    url: 'https://your-service.example.com/api/sync',
    method: 'POST',
    headers: { 'X-Api-Key': '***' },
    body: null,
  },
  retryPolicy: {
    maxAttempts: 3,
    delaySeconds: 30,
    strategy: 'fixed',
    maxDelaySeconds: null,
    delaysSeconds: null,
    jitter: 0,
  },
  timeoutSeconds: 120,
  timezone: 'America/New_York',
  isEnabled: true,
  tags: ['inventory', 'weekday'],
  createdBy: 'ops-team',
  startAt: null,
  endAt: null,
  jitterSeconds: 0,
  misfirePolicy: 'fireOnce',
  misfireGraceSeconds: 60,
  catchupWindowSeconds: 86_400,
  maxCatchupRuns: 100,
  overlapPolicy: 'allow',
  pauseAfterFailures: null,
  priority: 0,
  maxConcurrency: null,
  maxConcurrencyPerKey: null,
  rateLimit: null,
  rateLimitKeys: [],
  executionWindow: null,
  versionPolicy: 'pin',
  backwardsCompatible: true,
  nextRunAt: '2030-01-07T12:00:00.000Z',
  lastRunAt: null,
  consecutiveFailures: 0,
  scheduledChange: null,
  exclusions: null,
  dependencies: null,
  version: 1,
  createdAt: '2030-01-04T09:15:00.000Z',
  updatedAt: '2030-01-04T09:15:00.000Z',
};

export const UPDATED_JOB_EXAMPLE: JobDto = {
  ...JOB_EXAMPLE,
  ...JOB_UPDATE,
  description: 'Calls the upstream inventory API every morning.',
  jobConfiguration: JOB_EXAMPLE.jobConfiguration,
  retryPolicy: JOB_EXAMPLE.retryPolicy,
  scheduleExpression: '0 7 * * *',
  nextRunAt: '2030-01-05T12:00:00.000Z',
  version: 2,
  updatedAt: '2030-01-04T16:40:00.000Z',
} as JobDto;

export const RESCHEDULED_JOB_EXAMPLE: JobDto = {
  ...JOB_EXAMPLE,
  scheduledChange: {
    scheduleType: 'Cron',
    scheduleExpression: '0 9 * * 1-5',
    intervalSeconds: null,
    runAt: null,
    anchorAt: null,
    effectiveFrom: '2030-02-01T00:00:00.000Z',
  },
  version: 2,
  updatedAt: '2030-01-04T16:40:00.000Z',
};

export const PAUSED_JOB_EXAMPLE: JobDto = { ...JOB_EXAMPLE, status: 'Paused', nextRunAt: null };

export const FAILING_JOB_EXAMPLE: JobDto = {
  ...JOB_EXAMPLE,
  lastRunAt: '2030-01-04T12:00:00.006Z',
  consecutiveFailures: 4,
};

export const EXECUTION_EXAMPLE: JobExecutionDto = {
  id: '01986f41-2a7e-7d05-8a4b-1c2d3e4f5a6b',
  jobId: JOB_EXAMPLE.id,
  jobName: JOB_EXAMPLE.name,
  status: 'Succeeded',
  startedAt: '2030-01-07T12:00:00.004Z',
  completedAt: '2030-01-07T12:00:01.238Z',
  duration: '00:00:01.2340000',
  durationMs: 1234,
  retryCount: 0,
  retryParentId: null,
  trigger: 'Schedule',
  scheduledFor: '2030-01-07T12:00:00.000Z',
  output: '{"status":200,"body":{"synced":118}}',
  errorMessage: null,
  pendingReason: null,
  createdAt: '2030-01-07T12:00:00.001Z',
};

export const CANCELLED_EXECUTION_EXAMPLE: JobExecutionDto = {
  ...EXECUTION_EXAMPLE,
  status: 'Cancelled',
  output: null,
  errorMessage: 'Cancelled by ops-team.',
};

export const ATTEMPT_EXAMPLES: ExecutionAttemptDto[] = [
  {
    attempt: 1,
    status: 'Failed',
    startedAt: '2030-01-07T12:00:00.004Z',
    completedAt: '2030-01-07T12:00:00.804Z',
    duration: '00:00:00.8000000',
    durationMs: 800,
    failureKind: 'error',
    errorCode: 'http_status',
    errorMessage: 'The endpoint answered 503.',
    timings: { connectMs: 12.1, ttfbMs: 340.5, transferMs: 1.2 },
  },
];

/** Puts one page around examples. */
export function pageExample<T>(items: T[]): {
  items: T[];
  totalCount: number;
  pageNumber: number;
  pageSize: number;
} {
  return { items, totalCount: items.length, pageNumber: 1, pageSize: 20 };
}
