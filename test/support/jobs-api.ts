import { startService, type Answer, type CallOptions, type TestService } from './service.js';

export const V1_JOBS = '/v1/jobs';
export const V1_RUNS = '/v1/runs';

let made = 0;

/** The least that makes a job, with a slug of its own. */
export function minimalJob(change: object = {}): Record<string, unknown> {
  made++;
  return {
    project_id: 'default',
    name: 'A job',
    slug: `job-${made}`,
    endpoint_url: 'http://127.0.0.1:9/',
    ...change,
  };
}

/** A job as the API answers it, as far as tests read it. */
export type V1Job = Record<string, unknown> & { id: string; slug: string; version_id: string };

export async function createV1Job(
  service: TestService,
  change: object = {},
  options: CallOptions = {},
): Promise<V1Job> {
  const answer = await service.call('POST', V1_JOBS, minimalJob(change), options);
  if (answer.status !== 201) throw new Error(`No job: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body as V1Job;
}

/** The fields that a 422 names. */
export function fieldsOf422({ status, body }: Answer): string[] {
  if (status !== 422) throw new Error(`No refusal: ${status} ${JSON.stringify(body)}`);
  return (body as { error: { details: { field: string }[] } }).error.details.map(({ field }) => field);
}

/** A service with the API alone: nothing fires and nothing runs. */
export function startJobsApi(): Promise<TestService> {
  return startService({ env: { ROLE: 'api' } });
}
