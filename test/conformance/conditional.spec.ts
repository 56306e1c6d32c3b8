import { createV1Job, startJobsApi, V1_JOBS } from '../support/jobs-api.js';
import { createJob, JOBS } from '../support/scheduler-api.js';
import type { Answer, TestService } from '../support/service.js';

let service: TestService;

beforeAll(async () => {
  service = await startJobsApi();
});
afterAll(() => service.stop());

/** How a dialect names what is done to a job. */
interface Dialect {
  path: string;
  create(): Promise<{ id: string }>;
  rename: 'PUT' | 'PATCH';
  /** Everything that changes a job, each with what it sends. */
  changes: [method: string, path: string, body?: object][];
  codeOf(answer: Answer): unknown;
}

const DIALECTS: Record<string, Dialect> = {
  scheduler: {
    path: JOBS,
    create: () => createJob(service, { name: 'A job' }),
    rename: 'PUT',
    changes: [
      ['PUT', '', { name: 'Other' }],
      ['PATCH', '/reschedule', { scheduleType: 'Interval', intervalSeconds: 900 }],
      ['POST', '/pause'],
      ['POST', '/resume'],
      ['POST', '/exclusions', { excludedDaysOfWeek: ['Sunday'] }],
      ['DELETE', '/exclusions'],
      ['DELETE', '/dependencies'],
      ['DELETE', ''],
      ['DELETE', '?hardDelete=true'],
    ],
    codeOf: ({ body }) => body?.code as unknown,
  },
  jobs: {
    path: V1_JOBS,
    create: () => createV1Job(service),
    rename: 'PATCH',
    changes: [
      ['PATCH', '', { name: 'Other' }],
      ['DELETE', ''],
    ],
    codeOf: ({ body }) => body?.error?.code as unknown,
  },
};

describe.each(Object.entries(DIALECTS))('conditional requests of the dialect %s', (_name, dialect) => {
  const call = (method: string, path: string, body?: object, headers: Record<string, string> = {}) =>
    service.call(method, dialect.path + path, body, { headers });
  const tagOf = ({ headers }: Answer) => headers.get('etag') ?? '';
  const refused = (answer: Answer) => [answer.status, dialect.codeOf(answer)];

  it('answers 304 for what the caller has, until the job changes', async () => {
    const { id } = await dialect.create();
    const first = await call('GET', `/${id}`);
    expect(tagOf(first)).toMatch(/^"\d+-[\w-]+"$/);
    const again = await call('GET', `/${id}`, undefined, { 'if-none-match': `"x", ${tagOf(first)}` });
    expect([again.status, again.body, tagOf(again)]).toEqual([304, null, tagOf(first)]);
    const changed = await call(dialect.rename, `/${id}`, { name: 'Other' });
    expect(tagOf(changed)).not.toBe(tagOf(first));
    const read = await call('GET', `/${id}`, undefined, { 'if-none-match': tagOf(first) });
    expect([read.status, tagOf(read)]).toEqual([200, tagOf(changed)]);
  });

  it('lets one of many changes from the same state through', async () => {
    const { id } = await dialect.create();
    const tag = tagOf(await call('GET', `/${id}`));
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        call(dialect.rename, `/${id}`, { name: `Name ${index}` }, { 'if-match': tag }),
      ),
    );
    const won = answers.filter(({ status }) => status === 200);
    expect(won).toHaveLength(1);
    expect(answers.filter((answer) => answer !== won[0]).map(refused)).toEqual(
      Array(9).fill([412, 'precondition_failed']),
    );
    expect((await call('GET', `/${id}`)).body.name).toBe(won[0]?.body.name);
  });

  it('refuses every change of a state that is past, and changes nothing', async () => {
    const { id } = await dialect.create();
    const stale = tagOf(await call('GET', `/${id}`));
    await call(dialect.rename, `/${id}`, { name: 'Second' });
    const before = tagOf(await call('GET', `/${id}`));
    for (const [method, path, body] of dialect.changes) {
      const answer = await call(method, `/${id}${path}`, body, { 'if-match': stale });
      expect([method, path, ...refused(answer)]).toEqual([method, path, 412, 'precondition_failed']);
    }
    for (const header of [`W/${before}`, '"nonsense"'])
      expect(refused(await call('DELETE', `/${id}`, undefined, { 'if-match': header }))[0]).toBe(412);
    expect(tagOf(await call('GET', `/${id}`))).toBe(before);
  });

  it('takes the present tag, one of several, and *', async () => {
    const { id } = await dialect.create();
    const tag = tagOf(await call('GET', `/${id}`));
    const next = await call(dialect.rename, `/${id}`, { name: 'B' }, { 'if-match': `"999-x", ${tag}` });
    expect(next.status).toBe(200);
    const any = await call(dialect.rename, `/${id}`, { name: 'C' }, { 'if-match': '*' });
    expect(any.status).toBe(200);
    expect((await call('DELETE', `/${id}`, undefined, { 'if-match': tagOf(any) })).status).toBe(204);
  });

  it('says what is wrong with a header that is no list of tags', async () => {
    const { id } = await dialect.create();
    const answer = await call(dialect.rename, `/${id}`, { name: 'B' }, { 'if-match': '7' });
    expect([400, 422]).toContain(answer.status);
    expect(JSON.stringify(answer.body)).toContain('If-Match');
  });
});

it('a tag of one dialect names the state also when the other changes it', async () => {
  const { id } = await createV1Job(service);
  const tag = (await service.call('GET', `${V1_JOBS}/${id}`)).headers.get('etag') ?? '';
  await service.call('PUT', `${JOBS}/${id}`, { priority: 3 });
  const late = await service.call(
    'PATCH',
    `${V1_JOBS}/${id}`,
    { name: 'x' },
    { headers: { 'if-match': tag } },
  );
  expect(late.status).toBe(412);
});
