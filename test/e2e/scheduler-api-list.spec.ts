import pg from 'pg';
import { createJob, fieldsAtFault, JOBS, startApi, UNKNOWN_ID } from '../support/scheduler-api.js';
import type { TestService } from '../support/service.js';

let service: TestService;
let sql: pg.Client;
const ids: Record<string, string> = {};

/** Names, in the order of creation; every one differs from the next in each field to sort by. */
const NAMES = ['delta', 'alpha', 'echo', 'bravo', 'charlie'] as const;

beforeAll(async () => {
  service = await startApi();
  sql = new pg.Client(service.databaseUrl);
  await sql.connect();
  for (const [index, name] of NAMES.entries()) {
    const job = await createJob(service, {
      name,
      description: name === 'echo' ? 'Answers 100% of the Calls_made' : null,
      intervalSeconds: 3600 + ((index * 3) % 5) * 60,
      tags: index % 2 === 0 ? ['even', `t${index}`] : [`t${index}`],
      isEnabled: name !== 'bravo',
    });
    ids[name] = job.id;
  }
  await service.call('POST', `${JOBS}/${ids.charlie}/pause`);
  await sql.query(`UPDATE job_runtime SET last_run_at = '2030-01-01' WHERE job_id = $1`, [ids.alpha]);
  await sql.query(`UPDATE job_runtime SET last_run_at = '2030-01-02' WHERE job_id = $1`, [ids.delta]);
  const deleted = await createJob(service, { name: 'deleted', tags: ['even'] });
  await service.call('DELETE', `${JOBS}/${deleted.id}`);
});
afterAll(async () => {
  await sql.end();
  await service.stop();
});

async function names(query: string): Promise<string[]> {
  const { status, body } = await service.call('GET', `${JOBS}?${query}`);
  expect(status).toBe(200);
  return (body.items as { name: string }[]).map((job) => job.name);
}

describe('listing jobs', () => {
  it('answers the first page, the newest first, by default', async () => {
    const { body } = await service.call('GET', JOBS);
    expect(body).toMatchObject({ totalCount: 5, pageNumber: 1, pageSize: 20 });
    expect(await names('')).toEqual([...NAMES].reverse());
    const [first] = body.items as object[];
    expect(first).toEqual((await service.call('GET', `${JOBS}/${ids.charlie}`)).body);
  });

  it.each([
    ['sortBy=name', ['alpha', 'bravo', 'charlie', 'delta', 'echo']],
    ['sortBy=name&sortDirection=desc', ['echo', 'delta', 'charlie', 'bravo', 'alpha']],
    ['sortBy=createdAt', ['delta', 'alpha', 'echo', 'bravo', 'charlie']],
    ['sortDirection=asc', ['delta', 'alpha', 'echo', 'bravo', 'charlie']],
    ['sortBy=updatedAt&sortDirection=desc', ['charlie', 'bravo', 'echo', 'alpha', 'delta']],
    // disabled, enabled, paused; equal ones by creation.
    ['sortBy=status', ['bravo', 'delta', 'alpha', 'echo', 'charlie']],
    ['sortBy=status&sortDirection=desc', ['charlie', 'echo', 'alpha', 'delta', 'bravo']],
    // Jobs without a value come last either way.
    ['sortBy=nextRunAt', ['delta', 'echo', 'alpha', 'bravo', 'charlie']],
    ['sortBy=nextRunAt&sortDirection=desc', ['alpha', 'echo', 'delta', 'charlie', 'bravo']],
    ['sortBy=lastRunAt', ['alpha', 'delta', 'echo', 'bravo', 'charlie']],
    ['sortBy=lastRunAt&sortDirection=desc', ['delta', 'alpha', 'charlie', 'bravo', 'echo']],
  ])('sorts by %s', async (query, expected) => {
    expect(await names(query)).toEqual(expected);
  });

  it.each(['name', 'createdAt', 'updatedAt', 'status', 'nextRunAt', 'lastRunAt'])(
    'shows every job once when paging through the order by %s',
    async (sortBy) => {
      for (const direction of ['asc', 'desc']) {
        const order = `sortBy=${sortBy}&sortDirection=${direction}`;
        const whole = await names(order);
        const paged: string[] = [];
        for (const page of [1, 2, 3]) paged.push(...(await names(`${order}&pageSize=2&pageNumber=${page}`)));
        expect(paged).toEqual(whole);
      }
    },
  );

  it('answers an empty page past the end, with the total', async () => {
    const { body } = await service.call('GET', `${JOBS}?pageNumber=9&pageSize=3&sortBy=nextRunAt`);
    expect(body).toEqual({ items: [], totalCount: 5, pageNumber: 9, pageSize: 3 });
  });

  it.each([
    ['status=Enabled', ['alpha', 'delta', 'echo']],
    ['status=Paused', ['charlie']],
    ['status=Disabled', ['bravo']],
    ['status=Completed', []],
    ['jobType=HttpCall', ['alpha', 'bravo', 'charlie', 'delta', 'echo']],
    ['jobType=FileOperation', []],
    ['tag=even', ['charlie', 'delta', 'echo']],
    ['tag=eve', []],
    ['tag=t1', ['alpha']],
    ['search=ALPH', ['alpha']],
    ['search=a%20l', ['alpha', 'charlie', 'delta', 'echo']],
    ['search=answers', ['echo']],
    ['search=echo%20calls', ['echo']],
    ['search=100%25', ['echo']],
    ['search=s_m', ['echo']],
    ['search=%25', ['echo']],
    ['search=_', ['echo']],
    ['search=%5C', []],
    ['search=%27%3B--', []],
    ['tag=even&status=Enabled&search=e', ['delta', 'echo']],
  ])('filters by %s', async (query, expected) => {
    expect(await names(`sortBy=name&${query}`)).toEqual(expected);
    const { body } = await service.call('GET', `${JOBS}?pageSize=1&${query}`);
    expect(body.totalCount).toBe(expected.length);
  });

  it.each([
    ['pageNumber', 'pageNumber=0'],
    ['pageNumber', 'pageNumber=one'],
    ['pageSize', 'pageSize=0'],
    ['pageSize', 'pageSize=201'],
    ['pageSize', 'pageSize=2&pageSize=3'],
    ['status', 'status=enabled'],
    ['jobType', 'jobType=Http'],
    ['sortBy', 'sortBy=id'],
    ['sortDirection', 'sortDirection=up'],
    ['search', `search=${'x'.repeat(201)}`],
    ['page', 'page=2'],
  ])('refuses a bad %s (%s)', async (field, query) => {
    expect(fieldsAtFault(await service.call('GET', `${JOBS}?${query}`))).toEqual([field]);
  });
});

describe('reading one job', () => {
  it.each([UNKNOWN_ID, 'nonsense', '%20', '..%2F..', 'x'.repeat(400)])(
    'answers 404 for the id %s',
    async (id) => {
      const { status, body } = await service.call('GET', `${JOBS}/${id}`);
      expect({ status, code: body.code }).toEqual({ status: 404, code: 'job_not_found' });
    },
  );

  it('takes an id in capital letters', async () => {
    const { body } = await service.call('GET', `${JOBS}/${String(ids.alpha).toUpperCase()}`);
    expect(body).toMatchObject({ id: ids.alpha, name: 'alpha' });
  });
});

describe('listing failing jobs', () => {
  beforeAll(async () => {
    const streaks = { alpha: 2, echo: 3, delta: 7 };
    for (const [name, failures] of Object.entries(streaks)) {
      await sql.query('UPDATE job_runtime SET consecutive_failures = $2 WHERE job_id = $1', [
        ids[name],
        failures,
      ]);
    }
  });

  it.each([
    ['', ['delta', 'echo']],
    ['?threshold=3', ['delta', 'echo']],
    ['?threshold=4', ['delta']],
    ['?threshold=8', []],
    ['?threshold=1', ['delta', 'echo', 'alpha']],
  ])('answers a plain list, the worst first (%s)', async (query, expected) => {
    const { status, body } = await service.call('GET', `${JOBS}/failed${query}`);
    expect(status).toBe(200);
    expect((body as { name: string }[]).map((job) => job.name)).toEqual(expected);
  });

  it.each(['threshold=0', 'threshold=-1', 'threshold=many'])('refuses %s', async (query) => {
    expect(fieldsAtFault(await service.call('GET', `${JOBS}/failed?${query}`))).toEqual(['threshold']);
  });
});

describe('who may', () => {
  const write = ['POST', 'PUT', 'PATCH', 'DELETE'] as const;

  it.each(['GET', ...write])('asks for a token (%s)', async (method) => {
    const path =
      method === 'GET' || method === 'POST'
        ? JOBS
        : `${JOBS}/${ids.alpha}${method === 'PATCH' ? '/reschedule' : ''}`;
    const { status, headers, body } = await service.call(method, path, method === 'GET' ? undefined : {}, {
      token: null,
    });
    expect({ status, code: body.code }).toEqual({ status: 401, code: 'token_missing' });
    expect(headers.get('content-type')).toMatch('application/problem+json');
  });

  it('lets viewers read and refuses them changes', async () => {
    const token = service.token('viewer');
    expect((await service.call('GET', JOBS, undefined, { token })).status).toBe(200);
    const { status, body } = await service.call('POST', `${JOBS}/${ids.alpha}/pause`, undefined, { token });
    expect({ status, code: body.code }).toEqual({ status: 403, code: 'role_insufficient' });
  });

  it('keeps a token to its projects', async () => {
    const foreign = { token: service.token('operator', { subject: 'elsewhere', projects: ['elsewhere'] }) };
    expect((await service.call('GET', JOBS, undefined, foreign)).body.totalCount).toBe(0);
    expect((await service.call('GET', `${JOBS}/${ids.alpha}`, undefined, foreign)).status).toBe(404);
    for (const [method, path, body] of [
      ['PUT', '', {}],
      ['DELETE', '', undefined],
      ['DELETE', '?hardDelete=true', undefined],
      ['POST', '/pause', undefined],
      ['POST', '/trigger', {}],
    ] as const) {
      const answer = await service.call(method, `${JOBS}/${ids.alpha}${path}`, body, foreign);
      expect({ status: answer.status, code: answer.body.code }).toEqual({
        status: 400,
        code: 'job_not_found',
      });
    }
    const own = await createJob(service, { name: 'own' }, foreign);
    expect((await service.call('GET', `${JOBS}/${own.id}`, undefined, foreign)).status).toBe(200);
    expect((await service.call('GET', `${JOBS}/${own.id}`)).status).toBe(200);
    const stranger = { token: service.token('admin', { projects: ['default'] }) };
    expect((await service.call('GET', `${JOBS}/${own.id}`, undefined, stranger)).status).toBe(404);
  });
});
