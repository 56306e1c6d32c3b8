import { Ajv } from 'ajv';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { asJsonSchema } from '../support/openapi.js';
import { startApi } from '../support/scheduler-api.js';
import type { TestService } from '../support/service.js';

const run = promisify(execFile);

interface Operation {
  operationId?: string;
  summary?: string;
  description?: string;
  security?: Record<string, string[]>[];
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

const NAMES = ['scheduler', 'jobs'] as const;

let service: TestService;
const documents = new Map<string, Document>();

/** Written anew with UPDATE_OPENAPI=1. */
const committed = (name: string): string => `openapi/${name}.json`;

beforeAll(async () => {
  service = await startApi();
  for (const name of NAMES) {
    const answer = await service.call('GET', `/docs/${name}.json`, undefined, { token: null });
    documents.set(name, answer.body as Document);
    if (process.env.UPDATE_OPENAPI === '1')
      await writeFile(committed(name), `${JSON.stringify(answer.body, null, 2)}\n`);
  }
});
afterAll(() => service.stop());

const documentOf = (name: string): Document => documents.get(name) as Document;

const operationsOf = (document: Document): [name: string, operation: Operation][] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [
      `${method.toUpperCase()} ${path}`,
      operation,
    ]),
  );

describe.each(NAMES)('the OpenAPI document %s.json', (name) => {
  const operations = () => operationsOf(documentOf(name));

  it('is the committed one', async () => {
    expect(documentOf(name)).toEqual(JSON.parse(await readFile(committed(name), 'utf8')));
  });

  it('says of every operation with a token what another role is answered', () => {
    // Run tokens have no role; what they open says so by a scheme of its own.
    const guarded = operations().filter(([, { responses, security }]) => '401' in responses && !security);
    expect(guarded.length).toBeGreaterThan(20);
    for (const [operation, { responses }] of guarded)
      expect([operation, Object.keys(responses['403']?.content ?? {}).length]).toEqual([operation, 1]);
  });

  it('explains every operation, parameter and field, with examples of requests and answers', () => {
    const gaps: string[] = [];
    for (const [
      operation,
      { summary, description, parameters = [], requestBody, responses },
    ] of operations()) {
      if (!summary || !description) gaps.push(`${operation}: summary or description`);
      for (const parameter of parameters)
        if (!parameter.description) gaps.push(`${operation}: parameter ${parameter.name}`);
      for (const media of Object.values(requestBody?.content ?? {})) {
        if (!media.example && !media.examples) gaps.push(`${operation}: example of the request`);
      }
      for (const [status, { description: told, content = {} }] of Object.entries(responses)) {
        if (!told) gaps.push(`${operation}: ${status}`);
        for (const media of Object.values(content)) {
          if (!media.example && !media.examples) gaps.push(`${operation}: example of ${status}`);
        }
      }
    }
    for (const [schema, { properties = {} }] of Object.entries(documentOf(name).components.schemas)) {
      for (const [field, { description }] of Object.entries(properties)) {
        if (!description) gaps.push(`${schema}.${field}`);
      }
    }
    expect(gaps).toEqual([]);
  });

  it('documents the errors of every operation', () => {
    for (const [operation, { responses, security = [] }] of operations()) {
      const statuses = Object.keys(responses);
      // Tokens of runs have no roles.
      const hasRoles = !security.some((scheme) => 'runToken' in scheme);
      expect([operation, statuses]).toEqual([operation, expect.arrayContaining(['401', '503'])]);
      // Also those who only read: of an unknown role, or with an id that no column could hold.
      if (hasRoles)
        expect([operation, statuses]).toEqual([
          operation,
          expect.arrayContaining(['403', name === 'jobs' ? '422' : '400']),
        ]);
      const silent = statuses.filter((status) => Number(status) >= 400 && !responses[status]?.content);
      expect([operation, silent]).toEqual([operation, []]);
      if (operation.includes('{'))
        expect([operation, statuses.some((status) => ['400', '404'].includes(status))]).toEqual([
          operation,
          true,
        ]);
    }
  });

  it('passes the linter', async () => {
    const lint = run('node_modules/.bin/redocly', ['lint', '--format=json', committed(name)], {
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

describe('fields that may be any JSON value', () => {
  it.each([
    ['jobs', 'TriggerDto', 'payload'],
    ['jobs', 'RunDto', 'payload'],
    ['jobs', 'RunDto', 'result'],
    ['jobs', 'TriggeredRunDto', 'payload'],
    ['jobs', 'ProgressDto', 'data'],
    ['jobs', 'ReportProgressDto', 'data'],
    ['scheduler', 'TriggerJobDto', 'payload'],
    ['scheduler', 'CodeExecutionConfiguration', 'input'],
  ])('are documented so in %s.json: %s.%s', (name, schema, field) => {
    const documented = documentOf(name).components.schemas[schema]?.properties?.[field] ?? {};
    const check = new Ajv({ strict: false }).compile(asJsonSchema(documented) as object);
    const values = [null, true, 1.5, 'text', [1, 'a'], { a: { b: null } }];
    expect(values.filter((value) => !check(value))).toEqual([]);
  });
});

describe('the ids of operations', () => {
  it('has each operation of the Scheduler API under its stable id', () => {
    const base = '/api/v1/scheduler';
    expect(
      Object.fromEntries(
        operationsOf(documentOf('scheduler')).map(([name, { operationId }]) => [name, operationId]),
      ),
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
      [`GET ${base}/admin/circuits`]: 'listCircuits',
      [`POST ${base}/admin/circuits/reset`]: 'resetCircuits',
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

  it('has each operation of the Jobs API under its stable id', () => {
    const ids = operationsOf(documentOf('jobs')).map(([operation, { operationId }]) => [
      operation,
      operationId,
    ]);
    expect(Object.fromEntries(ids)).toMatchObject({
      'GET /v1/jobs': 'listJobs',
      'POST /v1/jobs': 'createJob',
      'POST /v1/jobs/batch': 'batchCreateJobs',
      'POST /v1/jobs/batch-enable': 'batchEnableJobs',
      'POST /v1/jobs/batch-disable': 'batchDisableJobs',
      'GET /v1/jobs/{jobId}': 'getJob',
      'PATCH /v1/jobs/{jobId}': 'updateJob',
      'DELETE /v1/jobs/{jobId}': 'deleteJob',
      'POST /v1/jobs/{jobId}/clone': 'cloneJob',
      'GET /v1/jobs/{jobId}/versions': 'listJobVersions',
      'GET /v1/jobs/{jobId}/versions/{versionId}': 'getJobVersion',
      'GET /v1/jobs/{jobId}/dependencies': 'listJobDependencies',
      'POST /v1/jobs/{jobId}/dependencies': 'createJobDependency',
      'DELETE /v1/jobs/{jobId}/dependencies/{dependencyId}': 'deleteJobDependency',
      'GET /v1/jobs/{jobId}/health': 'getJobHealth',
      'POST /v1/jobs/{jobId}/trigger': 'triggerJob',
      'POST /v1/jobs/{jobId}/trigger/bulk': 'bulkTriggerJob',
      'GET /v1/runs': 'listRuns',
      'GET /v1/runs/{id}': 'getRun',
      'POST /v1/runs/{id}/cancel': 'cancelRun',
      'POST /v1/runs/{id}/replay': 'replayRun',
      'GET /v1/runs/{id}/stream': 'streamRun',
      'POST /v1/runs/{id}/heartbeat': 'reportHeartbeat',
      'POST /v1/runs/{id}/progress': 'reportProgress',
      'POST /v1/runs/{id}/logs': 'reportLogs',
      'GET /v1/runs/{id}/webhook-deliveries': 'listRunWebhookDeliveries',
      'GET /v1/jobs/{jobId}/webhook-deliveries': 'listJobWebhookDeliveries',
      'POST /v1/runs/{id}/webhook-deliveries/{deliveryId}/redeliver': 'redeliverWebhook',
    });
  });
});
