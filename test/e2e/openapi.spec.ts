import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { startApi } from '../support/scheduler-api.js';
import type { TestService } from '../support/service.js';

const run = promisify(execFile);

/** Written anew with UPDATE_OPENAPI=1. */
const COMMITTED = 'openapi/scheduler.json';

interface Operation {
  operationId?: string;
  summary?: string;
  description?: string;
  parameters?: { name: string; description?: string }[];
  requestBody?: { content: Record<string, { schema: object; examples?: object; example?: unknown }> };
  responses: Record<
    string,
    { description: string; content?: Record<string, { example?: unknown; examples?: object }> }
  >;
}

interface Schema {
  properties?: Record<string, { description?: string; $ref?: string; allOf?: unknown }>;
}

interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

let service: TestService;
let document: Document;

beforeAll(async () => {
  service = await startApi();
  document = (await service.call('GET', '/docs/scheduler.json', undefined, { token: null })).body as Document;
  if (process.env.UPDATE_OPENAPI === '1')
    await writeFile(COMMITTED, `${JSON.stringify(document, null, 2)}\n`);
});
afterAll(() => service.stop());

const operations = (): [name: string, operation: Operation][] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [
      `${method.toUpperCase()} ${path}`,
      operation,
    ]),
  );

describe('the OpenAPI document of the Scheduler API', () => {
  it('is the committed one', async () => {
    expect(document).toEqual(JSON.parse(await readFile(COMMITTED, 'utf8')));
  });

  it('has each operation under its stable id', () => {
    const base = '/api/v1/scheduler';
    expect(
      Object.fromEntries(operations().map(([name, { operationId }]) => [name, operationId])),
    ).toMatchObject({
      [`POST ${base}/jobs`]: 'createJob',
      [`GET ${base}/jobs`]: 'listJobs',
      [`GET ${base}/jobs/failed`]: 'listFailingJobs',
      [`GET ${base}/jobs/{jobId}`]: 'getJob',
      [`PUT ${base}/jobs/{jobId}`]: 'updateJob',
      [`DELETE ${base}/jobs/{jobId}`]: 'deleteJob',
      [`PATCH ${base}/jobs/{jobId}/reschedule`]: 'rescheduleJob',
      [`POST ${base}/jobs/{jobId}/pause`]: 'pauseJob',
      [`POST ${base}/jobs/{jobId}/resume`]: 'resumeJob',
      [`POST ${base}/jobs/{jobId}/trigger`]: 'triggerJob',
      [`GET ${base}/jobs/{jobId}/executions`]: 'listJobExecutions',
      [`GET ${base}/executions/{executionId}`]: 'getExecution',
      [`GET ${base}/executions/{executionId}/attempts`]: 'listExecutionAttempts',
      [`POST ${base}/executions/{executionId}/cancel`]: 'cancelExecution',
      [`POST ${base}/executions/{executionId}/retry`]: 'retryExecution',
      [`POST ${base}/admin/pause-all`]: 'pauseAllJobs',
      [`POST ${base}/admin/resume-all`]: 'resumeAllJobs',
      [`DELETE ${base}/admin/clear-logs`]: 'clearExecutionLogs',
      [`GET ${base}/admin/export`]: 'exportJobs',
      [`POST ${base}/admin/import`]: 'importJobs',
      [`GET ${base}/admin/audit`]: 'listAuditEntries',
      [`POST ${base}/jobs/bulk/pause`]: 'bulkPauseJobs',
      [`POST ${base}/jobs/bulk/resume`]: 'bulkResumeJobs',
      [`POST ${base}/jobs/bulk/trigger`]: 'bulkTriggerJobs',
      [`POST ${base}/jobs/bulk/delete`]: 'bulkDeleteJobs',
    });
  });

  it('explains every operation, parameter and field, with examples of requests and answers', () => {
    const gaps: string[] = [];
    for (const [name, { summary, description, parameters = [], requestBody, responses }] of operations()) {
      if (!summary || !description) gaps.push(`${name}: summary or description`);
      for (const parameter of parameters)
        if (!parameter.description) gaps.push(`${name}: parameter ${parameter.name}`);
      for (const media of Object.values(requestBody?.content ?? {})) {
        if (!media.example && !media.examples) gaps.push(`${name}: example of the request`);
      }
      for (const [status, { description: told, content = {} }] of Object.entries(responses)) {
        if (!told) gaps.push(`${name}: ${status}`);
        for (const media of Object.values(content)) {
          if (!media.example && !media.examples) gaps.push(`${name}: example of ${status}`);
        }
      }
    }
    for (const [schema, { properties = {} }] of Object.entries(document.components.schemas)) {
      for (const [field, { description }] of Object.entries(properties)) {
        if (!description) gaps.push(`${schema}.${field}`);
      }
    }
    expect(gaps).toEqual([]);
  });

  it('documents the errors of every operation', () => {
    for (const [name, { responses }] of operations()) {
      const statuses = Object.keys(responses);
      expect([name, statuses]).toEqual([name, expect.arrayContaining(['401', '503'])]);
      if (!name.startsWith('GET ')) expect([name, statuses]).toEqual([name, expect.arrayContaining(['403'])]);
      if (name.includes('{'))
        expect([name, statuses.some((status) => ['400', '404'].includes(status))]).toEqual([name, true]);
    }
  });

  it('passes the linter', async () => {
    const lint = run('node_modules/.bin/redocly', ['lint', '--format=json', COMMITTED], {
      env: { ...process.env, REDOCLY_TELEMETRY: 'off', CI: 'true' },
    });
    const { stdout } = await lint.catch((error: { stdout: string }) => error);
    const { totals } = JSON.parse(stdout) as { totals: { errors: number } };
    expect({ errors: totals.errors, report: totals.errors > 0 ? stdout : '' }).toEqual({
      errors: 0,
      report: '',
    });
  });
});
