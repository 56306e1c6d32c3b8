import { eventually } from '../support/eventually.js';
import { createJob, EXECUTIONS, JOBS, UNKNOWN_ID } from '../support/scheduler-api.js';
import { startCountingEndpoint, type CountingEndpoint } from '../support/counting-endpoint.js';
import { startService, type TestService } from '../support/service.js';

interface Line {
  sequence: number;
  message: string;
  level: string;
  attempt: number;
}

describe('the log of an execution', () => {
  let service: TestService;
  let endpoint: CountingEndpoint;

  beforeAll(async () => {
    endpoint = await startCountingEndpoint();
    service = await startService();
  });
  afterAll(async () => {
    await service.stop();
    await endpoint.close();
  });

  async function start(source: string, more: object = {}, configuration: object = {}): Promise<string> {
    const job = await createJob(service, {
      jobType: 'CodeExecution',
      jobConfiguration: { language: 'javascript', source, ...configuration },
      ...more,
    });
    return (await service.call('POST', `${JOBS}/${job.id}/trigger`)).body as string;
  }

  const ended = (id: string) =>
    eventually(
      () => service.call('GET', `${EXECUTIONS}/${id}`),
      ({ body }) => (body as { completedAt: unknown }).completedAt !== null,
    );

  const logs = async (id: string, query = '') =>
    (await service.call('GET', `${EXECUTIONS}/${id}/logs${query}`)).body as {
      items: Line[];
      totalCount: number;
      truncated: boolean;
    };

  /** Reads the stream until it ends, or until a text has come. */
  async function stream(id: string, { lastEventId, until }: { lastEventId?: string; until?: string } = {}) {
    const response = await fetch(`${service.url}${EXECUTIONS}/${id}/logs/stream`, {
      headers: {
        authorization: `Bearer ${service.token()}`,
        ...(lastEventId ? { 'last-event-id': lastEventId } : {}),
      },
    });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const decoder = new TextDecoder();
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk as Uint8Array, { stream: true });
      // Leaving the loop ends the connection.
      if (until !== undefined && text.includes(until)) break;
    }
    return text;
  }

  it('keeps lines in order over all attempts, and pages them', async () => {
    const id = await start(
      'console.log("one of", execution.attempt); console.warn("two"); if (execution.attempt < 2) throw new Error("again")',
      { retryPolicy: { maxAttempts: 2, delaySeconds: 0 } },
    );
    await ended(id);
    const { items, totalCount, truncated } = await logs(id);
    expect(items.map(({ sequence, level, message, attempt }) => [sequence, level, message, attempt])).toEqual(
      [
        [1, 'info', 'one of 1', 1],
        [2, 'warn', 'two', 1],
        [3, 'info', 'one of 2', 2],
        [4, 'warn', 'two', 2],
      ],
    );
    expect([totalCount, truncated]).toEqual([4, false]);
    const page = await logs(id, '?pageNumber=2&pageSize=3');
    expect(page.items.map((line) => line.sequence)).toEqual([4]);
  });

  it('cuts a log that is too long, and says so', async () => {
    const noisy = 'for (let i = 0; i < 700; i++) console.log("line", i); throw new Error("again")';
    const id = await start(noisy, { retryPolicy: { maxAttempts: 2, delaySeconds: 0 } });
    await ended(id);
    const { items, totalCount, truncated } = await logs(id, '?pageNumber=6&pageSize=200');
    expect([totalCount, truncated]).toEqual([1001, true]);
    expect(items).toHaveLength(1);
    expect(items[0]?.message).toContain('log cut');
  });

  it('is streamed while it is written, can be resumed, and ends with the execution', async () => {
    const source = `console.log('before'); await fetch('${endpoint.url}/slow'); console.log('after'); return 1`;
    const id = await start(source, {}, { allowHttp: [endpoint.url] });
    const first = await stream(id, { until: 'before' });
    expect(first).toContain('id: 1\nevent: log');
    const rest = stream(id, { lastEventId: '1' });
    await eventually(
      () => endpoint.received.length,
      (received) => received > 0,
    );
    endpoint.release();
    const text = await rest;
    expect(text).not.toContain('before');
    expect(text).toContain('"message":"after"');
    expect(text.trimEnd().endsWith('event: end\ndata: {}')).toBe(true);
    await ended(id);
  });

  it('takes secrets out of lines', async () => {
    await service.call('POST', '/api/v1/scheduler/secrets', { name: 'LOGGED', value: 'logged-s3cret' });
    const id = await start(
      'console.log("it is", input.key); return input',
      {},
      {
        input: { key: '${{ secrets.LOGGED }}' },
      },
    );
    const { body } = await ended(id);
    expect((await logs(id)).items.map((line) => line.message)).toEqual(['it is ***']);
    expect((body as { output: string }).output).toBe('{"key":"***"}');
  });

  it('goes with its job', async () => {
    const job = await createJob(service, {
      jobType: 'CodeExecution',
      jobConfiguration: { language: 'javascript', source: 'console.log("x")' },
    });
    const id = (await service.call('POST', `${JOBS}/${job.id}/trigger`)).body as string;
    await ended(id);
    await service.call('DELETE', `${JOBS}/${job.id}?hardDelete=true`);
    expect((await service.call('GET', `${EXECUTIONS}/${id}/logs`)).status).toBe(404);
    expect((await service.call('GET', `${EXECUTIONS}/${UNKNOWN_ID}/logs/stream`)).status).toBe(404);
  });
});
