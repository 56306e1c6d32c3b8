import { EventEmitter, once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { eventually } from '../support/eventually.js';
import { bodyOf, type Endpoint, startEndpoint } from '../support/http-endpoint.js';
import { createJob, EXECUTIONS, fieldsAtFault, JOBS, UNKNOWN_ID } from '../support/scheduler-api.js';
import { startService, type TestService } from '../support/service.js';

/** What the endpoint was asked, and how it answers by path. */
interface Call {
  request: IncomingMessage;
  body: string;
}

let service: TestService;
let endpoint: Endpoint;
const calls: Call[] = [];
const events = new EventEmitter();

beforeAll(async () => {
  endpoint = await startEndpoint((request, response) => void answer(request, response));
  service = await startService();
});
afterAll(async () => {
  await service.stop();
  await endpoint.close();
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await bodyOf(request);
  calls.push({ request, body });
  events.emit('call', request.url);
  if (request.url === '/hang') {
    request.socket.once('close', () => events.emit('hung up'));
    return;
  }
  const failing =
    request.url === '/fail' || (request.url === '/flaky' && request.headers['x-carillon-attempt'] === '1');
  response.writeHead(failing ? 503 : 200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ synced: 118 }));
}

const job = (path: string, change: object = {}): Promise<{ id: string }> =>
  createJob(service, { name: `Calls ${path}`, jobConfiguration: { url: endpoint.origin + path }, ...change });

async function trigger(jobId: string, body?: object): Promise<string> {
  const answered = await service.call('POST', `${JOBS}/${jobId}/trigger`, body);
  expect(answered.status).toBe(202);
  return answered.body as string;
}

async function ended(id: string): Promise<Record<string, unknown>> {
  return eventually(
    async () => (await service.call('GET', `${EXECUTIONS}/${id}`)).body as Record<string, unknown>,
    (execution) => execution.completedAt !== null,
  );
}

describe('triggering a job', () => {
  it('answers 202 with the id and where to follow it, and runs it', async () => {
    const { id: jobId } = await job('/ok');
    const { status, headers, body } = await service.call('POST', `${JOBS}/${jobId}/trigger`);
    expect(status).toBe(202);
    expect(body).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers.get('content-type')).toMatch('application/json');
    expect(headers.get('location')).toBe(`${EXECUTIONS}/${body}`);
    const execution = await ended(body as string);
    expect(execution).toMatchObject({
      id: body,
      jobId,
      jobName: 'Calls /ok',
      status: 'Succeeded',
      trigger: 'Manual',
      retryCount: 0,
      retryParentId: null,
      scheduledFor: null,
      errorMessage: null,
      duration: expect.stringMatching(/^\d\d:\d\d:\d\d\.\d{7}$/),
      output: expect.stringContaining('118'),
    });
    const { startedAt, completedAt, durationMs } = execution as {
      startedAt: string;
      completedAt: string;
      durationMs: number;
    };
    expect(Date.parse(completedAt) - Date.parse(startedAt)).toBe(durationMs);
    const { body: read } = await service.call('GET', `${JOBS}/${jobId}`);
    expect(read.lastRunAt).toBe(startedAt);
  });

  it('hands the payload to the work', async () => {
    const { id } = await job('/payload');
    await ended(await trigger(id, { payload: { warehouse: ['Leeds', null, 1.5] } }));
    const call = calls.find(({ request }) => request.url === '/payload');
    expect(JSON.parse(call?.body ?? 'null')).toEqual({ warehouse: ['Leeds', null, 1.5] });
  });

  it('runs paused and disabled jobs too', async () => {
    const disabled = await job('/ok', { isEnabled: false });
    const paused = await job('/ok');
    await service.call('POST', `${JOBS}/${paused.id}/pause`);
    for (const { id } of [disabled, paused]) {
      expect((await ended(await trigger(id))).status).toBe('Succeeded');
    }
  });

  it('names an unknown field', async () => {
    const { id } = await job('/ok');
    expect(fieldsAtFault(await service.call('POST', `${JOBS}/${id}/trigger`, { payloda: 1 }))).toEqual([
      'payloda',
    ]);
  });
});

describe('failing and retrying', () => {
  it('shows the error, each attempt, and the streak of the job', async () => {
    const { id: jobId } = await job('/fail', { retryPolicy: { maxAttempts: 3, delaySeconds: 0 } });
    const id = await trigger(jobId);
    const execution = await ended(id);
    expect(execution).toMatchObject({
      status: 'Failed',
      retryCount: 2,
      errorMessage: expect.stringContaining('503'),
    });
    const { body: attempts } = await service.call('GET', `${EXECUTIONS}/${id}/attempts`);
    expect(attempts).toHaveLength(3);
    for (const [index, attempt] of (attempts as object[]).entries()) {
      expect(attempt).toMatchObject({
        attempt: index + 1,
        status: 'Failed',
        failureKind: 'error',
        errorMessage: expect.stringContaining('503'),
        durationMs: expect.any(Number),
      });
    }
    const { body: failing } = await service.call('GET', `${JOBS}/failed?threshold=1`);
    expect(failing).toContainEqual(expect.objectContaining({ id: jobId, consecutiveFailures: 1 }));
  });

  it('succeeds with the second attempt of the same execution', async () => {
    const { id: jobId } = await job('/flaky', { retryPolicy: { maxAttempts: 2, delaySeconds: 0 } });
    const id = await trigger(jobId);
    expect(await ended(id)).toMatchObject({ status: 'Succeeded', retryCount: 1, errorMessage: null });
    const { body: attempts } = await service.call('GET', `${EXECUTIONS}/${id}/attempts`);
    expect(attempts).toMatchObject([
      { attempt: 1, status: 'Failed' },
      { attempt: 2, status: 'Succeeded' },
    ]);
  });

  it('repeats a failed execution as a new one, with its payload', async () => {
    const { id: jobId } = await job('/fail');
    const id = await trigger(jobId, { payload: { n: 7 } });
    await ended(id);
    const { status, headers, body } = await service.call('POST', `${EXECUTIONS}/${id}/retry`);
    expect(status).toBe(202);
    expect(headers.get('location')).toBe(`${EXECUTIONS}/${body}`);
    expect(body).not.toBe(id);
    expect(await ended(body as string)).toMatchObject({
      jobId,
      trigger: 'Retry',
      retryParentId: id,
      status: 'Failed',
    });
    expect(calls.filter(({ body: sent }) => sent === '{"n":7}')).toHaveLength(2);
  });

  it('refuses to retry what has not failed or does not exist', async () => {
    const { id: jobId } = await job('/ok');
    const id = await trigger(jobId);
    await ended(id);
    for (const [executionId, code] of [
      [id, 'execution_not_failed'],
      [UNKNOWN_ID, 'execution_not_found'],
      ['nonsense', 'execution_not_found'],
    ] as const) {
      const { status, body } = await service.call('POST', `${EXECUTIONS}/${executionId}/retry`);
      expect({ status, code: body.code }).toEqual({ status: 400, code });
    }
  });
});

describe('cancelling', () => {
  it('stops a running execution and closes its connection', async () => {
    const { id: jobId } = await job('/hang');
    const called = once(events, 'call');
    const id = await trigger(jobId);
    await called;
    const hungUp = once(events, 'hung up');
    const { status, body } = await service.call('POST', `${EXECUTIONS}/${id}/cancel`);
    expect(status).toBe(200);
    expect(body.id).toBe(id);
    await hungUp;
    expect(await ended(id)).toMatchObject({
      status: 'Cancelled',
      errorMessage: expect.stringContaining('tester'),
    });
    const again = await service.call('POST', `${EXECUTIONS}/${id}/cancel`);
    expect({ status: again.status, code: again.body.code }).toEqual({
      status: 409,
      code: 'execution_finished',
    });
  });

  it('ends one that waits for its turn, which then never runs', async () => {
    const { id: jobId } = await job('/hang', { maxConcurrency: 1 });
    const called = once(events, 'call');
    const first = await trigger(jobId);
    await called;
    const second = await trigger(jobId);
    expect((await service.call('POST', `${EXECUTIONS}/${second}/cancel`)).body).toMatchObject({
      status: 'Cancelled',
      startedAt: null,
      durationMs: null,
    });
    await service.call('POST', `${EXECUTIONS}/${first}/cancel`);
    expect(await ended(first)).toMatchObject({ status: 'Cancelled' });
  });

  it('answers 409 for what has ended and 404 for what is unknown', async () => {
    const { id: jobId } = await job('/ok');
    const id = await trigger(jobId);
    await ended(id);
    for (const [executionId, status, code] of [
      [id, 409, 'execution_finished'],
      [UNKNOWN_ID, 404, 'execution_not_found'],
      ['nonsense', 404, 'execution_not_found'],
    ] as const) {
      const answered = await service.call('POST', `${EXECUTIONS}/${executionId}/cancel`);
      expect({ status: answered.status, code: answered.body.code }).toEqual({ status, code });
    }
  });
});

describe('looking at executions', () => {
  it('lists those of a job, the newest first, by status and start', async () => {
    const { id: jobId } = await job('/ok');
    const ids: string[] = [];
    for (let run = 0; run < 3; run++) {
      ids.push(await trigger(jobId));
      await ended(ids.at(-1) ?? '');
    }
    const list = async (query: string): Promise<{ ids: string[]; total: number }> => {
      const { body } = await service.call('GET', `${JOBS}/${jobId}/executions?${query}`);
      return { ids: (body.items as { id: string }[]).map(({ id }) => id), total: body.totalCount as number };
    };
    const newestFirst = [...ids].reverse();
    expect(await list('')).toEqual({ ids: newestFirst, total: 3 });
    expect(await list('pageSize=2&pageNumber=2')).toEqual({ ids: newestFirst.slice(2), total: 3 });
    expect(await list('status=Succeeded')).toEqual({ ids: newestFirst, total: 3 });
    expect(await list('status=Failed')).toEqual({ ids: [], total: 0 });
    const { startedAt } = await ended(ids[1] ?? '');
    expect((await list(`toDate=${String(startedAt)}`)).ids).toEqual(newestFirst.slice(1));
    expect((await list(`fromDate=${String(startedAt)}`)).ids).toEqual(newestFirst.slice(0, 2));
    expect(await list('fromDate=2020-01-01&toDate=2020-01-02T00:00:00')).toEqual({ ids: [], total: 0 });
  });

  it('shows scheduled runs with their nominal instant', async () => {
    const { id: jobId } = await job('/ok', { intervalSeconds: 1 });
    const page = await eventually(
      async () => (await service.call('GET', `${JOBS}/${jobId}/executions?status=Succeeded`)).body,
      (body) => body.totalCount >= 2,
    );
    const { body: read } = await service.call('GET', `${JOBS}/${jobId}`);
    for (const execution of page.items as { scheduledFor: string; trigger: string }[]) {
      expect(execution.trigger).toBe('Schedule');
      expect((Date.parse(execution.scheduledFor) - Date.parse(read.anchorAt as string)) % 1000).toBe(0);
    }
    await service.call('DELETE', `${JOBS}/${jobId}`);
  });

  it.each([
    ['status', 'status=Queued'],
    ['fromDate', 'fromDate=yesterday'],
    ['toDate', 'toDate=2026-02-30'],
    ['pageSize', 'pageSize=999'],
    ['from', 'from=2026-01-01'],
  ])('refuses a bad %s', async (field, query) => {
    const { id } = await job('/ok');
    expect(fieldsAtFault(await service.call('GET', `${JOBS}/${id}/executions?${query}`))).toEqual([field]);
  });

  it.each([
    [`${EXECUTIONS}/${UNKNOWN_ID}`, 'execution_not_found'],
    [`${EXECUTIONS}/nonsense`, 'execution_not_found'],
    [`${EXECUTIONS}/${UNKNOWN_ID}/attempts`, 'execution_not_found'],
    [`${JOBS}/${UNKNOWN_ID}/executions`, 'job_not_found'],
    [`${JOBS}/nonsense/executions`, 'job_not_found'],
  ])('answers 404 for %s', async (path, code) => {
    const { status, body } = await service.call('GET', path);
    expect({ status, code: body.code }).toEqual({ status: 404, code });
  });

  it('keeps a token to the executions of its projects', async () => {
    const { id: jobId } = await job('/fail');
    const id = await trigger(jobId);
    await ended(id);
    const token = service.token('operator', { projects: ['elsewhere'] });
    for (const [method, path, status] of [
      ['GET', '', 404],
      ['GET', '/attempts', 404],
      ['POST', '/cancel', 404],
      ['POST', '/retry', 400],
    ] as const) {
      const answered = await service.call(method, `${EXECUTIONS}/${id}${path}`, undefined, { token });
      expect({ status: answered.status, code: answered.body.code }).toEqual({
        status,
        code: 'execution_not_found',
      });
    }
    expect((await service.call('GET', `${JOBS}/${jobId}/executions`, undefined, { token })).status).toBe(404);
  });
});

describe('what the source documents say of executions', () => {
  it('timeoutSeconds: the maximum time that the job may run before it is stopped', async () => {
    const { id: jobId } = await job('/hang', { timeoutSeconds: 1 });
    const hungUp = once(events, 'hung up');
    const id = await trigger(jobId);
    await hungUp;
    const execution = await ended(id);
    expect(execution).toMatchObject({
      status: 'Failed',
      errorMessage: expect.stringMatching(/timed out|1 s/i),
    });
    expect(execution.durationMs).toBeGreaterThanOrEqual(1_000);
  });

  it('startedAt, completedAt and duration are null until it starts and ends', async () => {
    const { id: jobId } = await job('/hang');
    const called = once(events, 'call');
    const id = await trigger(jobId);
    await called;
    const running = await eventually(
      async () => (await service.call('GET', `${EXECUTIONS}/${id}`)).body as Record<string, unknown>,
      (execution) => execution.status === 'Running',
    );
    expect(running).toMatchObject({
      startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      completedAt: null,
      duration: null,
      durationMs: null,
      output: null,
    });
    const list = await service.call('GET', `${JOBS}/${jobId}/executions?status=Running`);
    expect(list.body).toMatchObject({ totalCount: 1, items: [{ id }] });
    await service.call('POST', `${EXECUTIONS}/${id}/cancel`);
    await ended(id);
  });

  it('a job stuck in Running: cancel it, and then retry it', async () => {
    const { id: jobId } = await job('/hang');
    const called = once(events, 'call');
    const id = await trigger(jobId, { payload: { n: 42 } });
    await called;
    expect((await service.call('POST', `${EXECUTIONS}/${id}/retry`)).body.code).toBe('execution_not_failed');
    await service.call('POST', `${EXECUTIONS}/${id}/cancel`);
    await ended(id);
    const calledAgain = once(events, 'call');
    const { status, headers, body: retry } = await service.call('POST', `${EXECUTIONS}/${id}/retry`);
    expect({ status, location: headers.get('location') }).toEqual({
      status: 202,
      location: `${EXECUTIONS}/${retry}`,
    });
    await calledAgain;
    expect(calls.at(-1)?.body).toBe('{"n":42}');
    const cancelled = await service.call('POST', `${EXECUTIONS}/${retry}/cancel`);
    expect(cancelled.body).toMatchObject({ retryParentId: id, trigger: 'Retry' });
    await ended(retry as string);
  });

  it('a one-time job that has run is Completed, with nothing to come', async () => {
    const { id } = await job('/ok', {
      scheduleType: 'OneTime',
      intervalSeconds: undefined,
      runAt: new Date(Date.now() + 2_000).toISOString(),
    });
    const page = await eventually(
      async () => (await service.call('GET', `${JOBS}/${id}/executions?status=Succeeded`)).body,
      (body) => body.totalCount === 1,
    );
    expect(page.items).toMatchObject([{ trigger: 'Schedule' }]);
    expect((await service.call('GET', `${JOBS}/${id}`)).body).toMatchObject({
      status: 'Completed',
      isEnabled: true,
      nextRunAt: null,
    });
  });

  it('a one-time run that falls on an exclusion does not happen and is on record', async () => {
    const runAt = new Date(Date.now() + 3_000);
    const { id } = await job('/excluded', {
      scheduleType: 'OneTime',
      intervalSeconds: undefined,
      runAt: runAt.toISOString(),
    });
    const exclusions = { excludedDates: [runAt.toISOString().slice(0, 10)] };
    expect((await service.call('POST', `${JOBS}/${id}/exclusions`, exclusions)).status).toBe(200);
    expect((await service.call('GET', `${JOBS}/${id}`)).body.nextRunAt).toBeNull();
    const ledger = await eventually(
      async () => (await service.call('GET', `${JOBS}/${id}/occurrences`)).body,
      (body) => (body.items as object[]).length > 0,
    );
    expect(ledger.items).toMatchObject([
      { scheduledFor: runAt.toISOString(), result: 'Excluded', executionId: null },
    ]);
    expect((await service.call('GET', `${JOBS}/${id}`)).body.status).toBe('Completed');
    expect(calls.some(({ request }) => request.url === '/excluded')).toBe(false);
  });

  it('a soft delete preserves the history, a hard delete loses it', async () => {
    const { id: jobId } = await job('/ok');
    const id = await trigger(jobId);
    await ended(id);
    await service.call('DELETE', `${JOBS}/${jobId}?hardDelete=false`);
    expect((await service.call('GET', `${EXECUTIONS}/${id}`)).status).toBe(200);
    expect((await service.call('GET', `${JOBS}/${jobId}/executions`)).body.totalCount).toBe(1);
    await service.call('DELETE', `${JOBS}/${jobId}?hardDelete=true`);
    expect((await service.call('GET', `${EXECUTIONS}/${id}`)).status).toBe(404);
  });
});
