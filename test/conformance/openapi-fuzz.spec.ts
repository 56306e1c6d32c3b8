import { Ajv, type ValidateFunction } from 'ajv';
import ajvFormats from 'ajv-formats';
import fc from 'fast-check';
import { RunTokens } from '../../src/modules/run-reports/run-tokens.js';
import { headOfStream } from '../support/event-stream.js';
import {
  asJsonSchema,
  type OpenApiDocument,
  type Operation,
  operationsOf,
  type Parameter,
  readDocument,
  type Schema,
  takesRunToken,
} from '../support/openapi.js';
import { broken, examplesOf, fitting, fittingBody, HOSTILE } from '../support/schema-arbitraries.js';
import { startService, type TestService } from '../support/service.js';

/** Bounded and repeatable: the same requests in every run. */
const SEED = 20_261_121;
const REQUESTS_EACH = 25;
const UNKNOWN_ID = '01890000-0000-7000-8000-000000000000';

/** Operations whose success needs a state that random requests do not bring about, or things that are not seeded. */
const RARELY_POSSIBLE = new Set([
  'cancelExecution',
  'retryExecution',
  'resumeJob',
  // Their examples name jobs that do not exist here.
  'batchEnableJobs',
  'batchDisableJobs',
  'cancelRun',
  // They need a run that is executing.
  'reportHeartbeat',
  'reportProgress',
  'reportLogs',
  'redeliverWebhook',
  'createWorkflow',
  'updateWorkflow',
  'setJobDependencies',
  'createJobDependency',
  'cancelWorkflowRun',
]);

interface Request {
  path: string;
  body?: unknown;
}

/**
 * Every operation of every committed document, with requests that fit and requests that do not: never a 5xx, and every
 * answer is one that the document promises, in status, media type and schema.
 */
describe.each([['scheduler'], ['jobs']])('openapi/%s.json', (name) => {
  const document = readDocument(`openapi/${name}.json`);
  const validate = validators(document);
  const operations = operationsOf(document);
  let service: TestService;
  let seeds: Record<string, string>;

  beforeAll(async () => {
    service = await startService();
  }, 60_000);
  // Earlier operations may have deleted what they were given.
  beforeEach(async () => {
    seeds = await seedIds(service);
  });
  afterAll(() => service.stop());

  it.each(operations.map((operation) => [`${operation.method} ${operation.path}`, operation] as const))(
    '%s',
    async (_name, operation) => {
      const seen = new Set<number>();
      const requests = fc.oneof(requestsFor(operation, true), requestsFor(operation, false));
      await fc.assert(
        fc.asyncProperty(requests, async (request) => {
          const answer = await send(operation, request);
          const promised = operation.responses[String(answer.status)] ?? operation.responses.default;
          expect({
            status: answer.status,
            body: answer.body,
            documented: promised !== undefined,
          }).toMatchObject({
            documented: true,
          });
          expect(answer.status).toBeLessThan(500);
          seen.add(answer.status);
          expect(faultsOf(operation, answer)).toEqual([]);
        }),
        { seed: SEED, numRuns: REQUESTS_EACH, endOnFailure: true, examples: documented(operation) },
      );
      // A fuzzer that never gets past the door proves nothing.
      if (!RARELY_POSSIBLE.has(operation.operationId))
        expect([...seen].some((status) => status < 300)).toBe(true);
    },
    60_000,
  );

  /** The documented examples, sent to things that exist: they come first. */
  function documented(operation: Operation): [Request][] {
    const bodies = operation.requestBody ? examplesOf(document, operation) : [undefined];
    return bodies.map((body) => [{ path: pathOf(operation, seeds), body }]);
  }

  function requestsFor(operation: Operation, valid: boolean): fc.Arbitrary<Request> {
    const parameters = (operation.parameters ?? []).map((parameter): [string, fc.Arbitrary<unknown>] => [
      parameter.name,
      valueOf(parameter, valid),
    ]);
    const schema = operation.requestBody?.content['application/json']?.schema;
    const body = schema ? bodies(operation, schema, valid) : fc.constant(undefined);
    return fc.tuple(fc.record(Object.fromEntries(parameters)), body).map(([values, content]) => ({
      path: pathOf(operation, values as Record<string, unknown>),
      body: content,
    }));
  }

  function bodies(operation: Operation, schema: Schema, valid: boolean): fc.Arbitrary<unknown> {
    return valid ? fittingBody(document, schema, examplesOf(document, operation)) : broken(document, schema);
  }

  function valueOf(parameter: Parameter, valid: boolean): fc.Arbitrary<unknown> {
    if (parameter.in === 'path') {
      const unknown = fc.constantFrom(UNKNOWN_ID, 'not-a-uuid');
      const seed = seeds[parameter.name];
      return seed === undefined
        ? unknown
        : fc.oneof({ arbitrary: fc.constant(seed), weight: 4 }, { arbitrary: unknown, weight: 1 });
    }
    const value = valid
      ? fitting(document, parameter.schema)
      : fc.oneof(HOSTILE, fitting(document, parameter.schema));
    return parameter.required ? value : fc.option(value, { nil: undefined });
  }

  async function send(operation: Operation, request: Request) {
    if ('text/event-stream' in (operation.responses['200']?.content ?? {}))
      return headOfStream(service, request.path);
    if (takesRunToken(operation)) {
      const claim = {
        runId: seeds.id ?? UNKNOWN_ID,
        attempt: 1,
        started: true,
        expiresAt: new Date(Date.now() + 60_000),
      };
      const token = service.app.get(RunTokens, { strict: false }).issue(claim);
      return service.call(operation.method, request.path, request.body, { token });
    }
    return service.call(operation.method, request.path, request.body);
  }

  function faultsOf(
    operation: Operation,
    answer: { status: number; headers: Headers; body: unknown },
  ): string[] {
    const content = operation.responses[String(answer.status)]?.content;
    if (!content)
      return answer.body === null ? [] : [`no body is documented, got ${JSON.stringify(answer.body)}`];
    const mediaType = answer.headers.get('content-type')?.split(';')[0] ?? '';
    if (!(mediaType in content)) return [`media type ${mediaType} is not documented`];
    if (!mediaType.includes('json')) return [];
    const check = validate(operation, String(answer.status), mediaType);
    return check(answer.body)
      ? []
      : (check.errors ?? []).map(
          (error) => `${error.instancePath} ${error.message}: ${JSON.stringify(answer.body).slice(0, 300)}`,
        );
  }
});

/** Compiles the schema of each response once. */
function validators(
  document: OpenApiDocument,
): (operation: Operation, status: string, mediaType: string) => ValidateFunction {
  const ajv = new Ajv({ strict: false, allErrors: true });
  (ajvFormats as unknown as (instance: Ajv) => void)(ajv);
  const components = asJsonSchema(document.components) as object;
  const compiled = new Map<string, ValidateFunction>();
  return (operation, status, mediaType) => {
    const key = `${operation.operationId} ${status} ${mediaType}`;
    let check = compiled.get(key);
    if (!check) {
      const schema = operation.responses[status]?.content?.[mediaType]?.schema ?? {};
      check = ajv.compile({ ...(asJsonSchema(schema) as object), components });
      compiled.set(key, check);
    }
    return check;
  };
}

function pathOf(operation: Operation, values: Record<string, unknown>): string {
  const path = operation.path.replace(/\{(\w+)\}/g, (_match, name: string) =>
    encodeURIComponent(text(values[name])),
  );
  const query = (operation.parameters ?? [])
    .filter((parameter) => parameter.in === 'query' && values[parameter.name] !== undefined)
    .map((parameter) => `${parameter.name}=${encodeURIComponent(text(values[parameter.name]))}`)
    .join('&');
  return query === '' ? path : `${path}?${query}`;
}

function text(value: unknown): string {
  const plain = typeof value === 'string' ? value : JSON.stringify(value ?? null);
  return plain.toWellFormed();
}

/** One of each thing that paths name, by the name of the path parameter; what cannot be made now is left out. */
async function seedIds(service: TestService): Promise<Record<string, string>> {
  const api = '/api/v1/scheduler';
  const made = async (path: string, body?: object): Promise<{ id?: string } | string> => {
    const answer = await service.call('POST', api + path, body);
    return answer.status < 300 ? (answer.body as { id?: string } | string) : {};
  };
  const idOf = (answer: { id?: string } | string) => (typeof answer === 'string' ? answer : answer.id);
  const job = {
    name: 'seed',
    jobType: 'HttpCall',
    scheduleType: 'Cron',
    scheduleExpression: '0 0 1 1 *',
    jobConfiguration: { url: 'http://127.0.0.1:9/' },
  };
  const jobId = idOf(await made('/jobs', job));
  const executionId = idOf(await made(`/jobs/${jobId}/trigger`));
  const workflowId = idOf(await made('/workflows', { name: `seed ${jobId}`, jobs: [{ jobId }] }));
  const runId = idOf(await made(`/workflows/${workflowId}/trigger`));
  const name = 'SEED';
  await made('/secrets', { name, value: 'a secret of the fuzzer' });
  const asV1 = await service.call('GET', `/v1/jobs/${jobId}`);
  const versionId = (asV1.body as { version_id?: string }).version_id;
  const dependency = await service.call('POST', `/v1/jobs/${jobId}/dependencies`, {
    depends_on_job_id: idOf(await made('/jobs', job)),
  });
  const dependencyId = (dependency.body as { id?: string }).id;
  const seeds = { jobId, versionId, dependencyId, executionId, id: executionId, workflowId, runId, name };
  return Object.fromEntries(Object.entries(seeds).filter(([, id]) => id !== undefined)) as Record<
    string,
    string
  >;
}
