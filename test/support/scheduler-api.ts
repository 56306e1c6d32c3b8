import { startService, type Answer, type CallOptions, type TestService } from './service.js';

export const JOBS = '/api/v1/scheduler/jobs';
export const EXECUTIONS = '/api/v1/scheduler/executions';
/** The id of nothing. */
export const UNKNOWN_ID = '01986f3e-6d3b-7c4e-9c1f-3a5b7d9e1f20';

/** The least that makes a job; its clock does not come round during a test. */
export const MINIMAL_JOB = {
  name: 'A job',
  jobType: 'HttpCall',
  scheduleType: 'Interval',
  intervalSeconds: 3600,
  jobConfiguration: { url: 'http://127.0.0.1:9/' },
};

/** What the API answers for a job, as far as tests read it. */
export type Job = Record<string, unknown> & { id: string; nextRunAt: string; createdAt: string };

/** A service with the API alone: nothing fires and nothing runs, so clocks stay where a test puts them. */
export function startApi(): Promise<TestService> {
  return startService({ env: { ROLE: 'api' } });
}

/** Creates a job that differs from `MINIMAL_JOB` in some fields. */
export async function createJob(
  service: TestService,
  change: object = {},
  options: CallOptions = {},
): Promise<Job> {
  const answer = await service.call('POST', JOBS, { ...MINIMAL_JOB, ...change }, options);
  if (answer.status !== 201) throw new Error(`No job: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body as Job;
}

/** The fields that a 400 names. */
export function fieldsAtFault({ status, body }: Answer): string[] {
  if (status !== 400) throw new Error(`No refusal: ${status} ${JSON.stringify(body)}`);
  return Object.keys((body as { errors?: object }).errors ?? {});
}
