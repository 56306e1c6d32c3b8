import type pg from 'pg';
import { insertJob } from './rows.js';
import { eventually } from './eventually.js';
import type { TestService } from './service.js';

export const WORKFLOWS = '/api/v1/scheduler/workflows';

/** A run as the API answers it, as far as tests read it. */
export interface RunAnswer {
  id: string;
  status: string;
  scheduledFor: string | null;
  completedAt: string | null;
  steps: { jobId: string; status: string; executionId: string | null; errorMessage: string | null }[];
}

/** Inserts jobs that call an endpoint by POST, the path being their number. @returns their ids */
export async function insertCallingJobs(sql: pg.Client, url: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let number = 0; number < count; number++)
    ids.push(await insertJob(sql, { configuration: { url: `${url}/${number}`, method: 'POST' } }));
  return ids;
}

/** Creates a workflow. @returns its id */
export async function createWorkflow(
  service: TestService,
  jobs: object[],
  change: object = {},
): Promise<string> {
  const answer = await service.call('POST', WORKFLOWS, { name: 'A workflow', jobs, ...change });
  if (answer.status !== 201) throw new Error(`No workflow: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body.id as string;
}

/** Starts a run. @returns its id */
export async function triggerWorkflow(service: TestService, id: string): Promise<string> {
  const answer = await service.call('POST', `${WORKFLOWS}/${id}/trigger`);
  if (answer.status !== 202) throw new Error(`No run: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body as string;
}

/** Waits until a run has ended. */
export function endedRun(service: TestService, runId: string, timeoutMs = 60_000): Promise<RunAnswer> {
  return eventually(
    async () => (await service.call('GET', `${WORKFLOWS}/runs/${runId}`)).body as RunAnswer,
    (run) => run.completedAt !== null,
    { timeoutMs, everyMs: 100 },
  );
}
