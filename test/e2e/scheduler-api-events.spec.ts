import pg from 'pg';
import { type EventClient, listenTo } from '../support/event-stream.js';
import { eventually } from '../support/eventually.js';
import { createJob, EXECUTIONS, JOBS, startApi, UNKNOWN_ID } from '../support/scheduler-api.js';
import { startService, type TestService } from '../support/service.js';

const EVENTS = '/api/v1/scheduler/events';

const listen = (service: TestService, query = '', lastId?: string, projects?: string[]) =>
  listenTo(service, EVENTS + query, { lastId, token: service.token('viewer', { projects }) });

const statuses = (client: EventClient, executionId: string) =>
  client.events.filter((event) => event.data.executionId === executionId).map((event) => event.data.status);

let first: TestService;
let second: TestService;

beforeAll(async () => {
  first = await startApi();
  second = await startService({ databaseUrl: first.databaseUrl, env: { ROLE: 'api' } });
});
afterAll(async () => {
  await second.stop();
  await first.stop();
});

const trigger = async (jobId: string) =>
  (await first.call('POST', `${JOBS}/${jobId}/trigger`)).body as string;
const cancel = (id: string) => first.call('POST', `${EXECUTIONS}/${id}/cancel`);

describe('GET /events', () => {
  it('tells listeners of every replica what happens to jobs and executions', async () => {
    const clients = [await listen(first), await listen(second)];
    const job = await createJob(first, { name: 'Watched' });
    const id = await trigger(job.id);
    await cancel(id);
    await first.call('POST', `${JOBS}/${job.id}/pause`);
    await first.call('DELETE', `${JOBS}/${job.id}`);
    for (const client of clients) {
      await eventually(
        () => client.events.map((event) => event.data.status),
        (all) => all.includes('Deleted'),
      );
      expect(statuses(client, id)).toEqual(['Pending', 'Cancelled']);
      const jobEvents = client.events.filter((event) => event.type === 'job' && event.data.jobId === job.id);
      expect(jobEvents.map((event) => event.data.status)).toEqual(['Enabled', 'Paused', 'Deleted']);
      await client.close();
    }
  });

  it('keeps to one job', async () => {
    const wanted = await createJob(first, { name: 'Wanted' });
    const other = await createJob(first, { name: 'Other' });
    const client = await listen(first, `?jobId=${wanted.id}`);
    await trigger(other.id);
    const id = await trigger(wanted.id);
    await eventually(
      () => statuses(client, id),
      (found) => found.length === 1,
    );
    expect(client.events.every((event) => event.data.jobId === wanted.id)).toBe(true);
    await client.close();
  });

  it('keeps to the projects of the token', async () => {
    const everything = await listen(first);
    const nothing = await listen(first, '', undefined, ['other']);
    const job = await createJob(first, { name: 'Not theirs' });
    const seen = await eventually(
      () => everything.events,
      (events) => events.some((e) => e.data.jobId === job.id),
    );
    expect(seen.length).toBeGreaterThan(0);
    expect(nothing.events).toEqual([]);
    await everything.close();
    await nothing.close();
  });

  it('resumes on another replica where it stopped: nothing is missing, nothing comes twice', async () => {
    const job = await createJob(first, { name: 'Resumed' });
    const client = await listen(first, `?jobId=${job.id}`);
    const seen = [await trigger(job.id), await trigger(job.id)];
    // A stream may also begin with what came a moment before it, such as the creation of the job.
    const runsOf = ({ events }: typeof client) =>
      events.filter((event) => event.type === 'execution').map((event) => event.data.executionId);
    await eventually(
      () => runsOf(client),
      (runs) => runs.length === 2,
    );
    await client.close();
    const missed = [await trigger(job.id), await trigger(job.id), await trigger(job.id)];
    const again = await listen(second, `?jobId=${job.id}`, client.lastId());
    const later = await trigger(job.id);
    await eventually(
      () => again.events,
      (events) => events.some((event) => event.data.executionId === later),
    );
    expect(runsOf(client)).toEqual(seen);
    expect(runsOf(again)).toEqual([...missed, later]);
    await again.close();
  });

  it('loses nothing to a transaction that began earlier and commits later', async () => {
    const job = await createJob(first, { name: 'Out of order' });
    const client = await listen(first, `?jobId=${job.id}`);
    const slow = new pg.Client({ connectionString: first.databaseUrl });
    await slow.connect();
    await slow.query('BEGIN');
    await slow.query(`UPDATE jobs SET version = version + 1 WHERE id = $1`, [job.id]);
    const id = await trigger(job.id);
    await slow.query('COMMIT');
    await slow.end();
    const afterCreation = () => client.events.filter((event) => event.data.version !== 1);
    await eventually(afterCreation, (events) => events.length === 2);
    expect(afterCreation().map((event) => event.data.executionId ?? event.type)).toEqual(['job', id]);
    await client.close();
  });

  it.each(['nonsense', '1-1', '999999999999-1'])('begins with a reset after the id %s', async (lastId) => {
    const client = await listen(first, '', lastId);
    await eventually(
      () => client.events,
      (events) => events.length > 0,
    );
    expect(client.events[0]).toMatchObject({ type: 'reset', data: {} });
    await client.close();
  });

  it('writes nothing once nobody has listened for a while', async () => {
    const sql = new pg.Client({ connectionString: first.databaseUrl });
    await sql.connect();
    const count = async () =>
      (await sql.query<{ n: number }>('SELECT count(*)::int AS n FROM events')).rows[0]?.n;
    await sql.query(`UPDATE event_interest SET until = '-infinity'`);
    const before = await count();
    const job = await createJob(first, { name: 'Unheard' });
    await trigger(job.id);
    expect(await count()).toBe(before);
    await sql.end();
  });

  it('answers 404 for a job that does not exist and 401 without a token', async () => {
    expect((await first.call('GET', `${EVENTS}?jobId=${UNKNOWN_ID}`)).status).toBe(404);
    expect((await first.call('GET', EVENTS, undefined, { token: null })).status).toBe(401);
  });

  it('ends its streams when the service stops', async () => {
    const third = await startService({ databaseUrl: first.databaseUrl, env: { ROLE: 'api' } });
    const response = await fetch(third.url + EVENTS, {
      headers: { authorization: `Bearer ${third.token()}` },
    });
    const ended = response.text();
    await third.stop();
    expect(await ended).toContain('retry: ');
  });
});
