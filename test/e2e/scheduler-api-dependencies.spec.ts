import { type CountingEndpoint, startCountingEndpoint } from '../support/counting-endpoint.js';
import { eventually } from '../support/eventually.js';
import {
  createJob,
  EXECUTIONS,
  fieldsAtFault,
  type Job,
  JOBS,
  UNKNOWN_ID,
} from '../support/scheduler-api.js';
import { type Answer, startService, type TestService } from '../support/service.js';

interface Execution {
  id: string;
  status: string;
  errorMessage: string | null;
  pendingReason: string | null;
  trigger: string;
}

let service: TestService;
let endpoint: CountingEndpoint;

beforeAll(async () => {
  endpoint = await startCountingEndpoint();
  service = await startService();
});
afterAll(async () => {
  endpoint.release();
  await service.stop();
  await endpoint.close();
});

const job = (name: string, change: object = {}): Promise<Job> =>
  createJob(service, { name, jobConfiguration: { url: endpoint.url }, ...change });

/** A job whose runs fail. */
const failing = (name: string): Promise<Job> =>
  job(name, { jobConfiguration: { url: endpoint.url, expectedStatuses: [418] } });

const pathOf = ({ id }: { id: string }) => `${JOBS}/${id}/dependencies`;

const post = (dependent: Job, on: readonly { id: string }[], condition = 'AllSucceeded'): Promise<Answer> =>
  service.call('POST', pathOf(dependent), { dependsOnJobIds: on.map(({ id }) => id), condition });

/** Sets prerequisites, which must be taken. */
async function depends(dependent: Job, on: readonly { id: string }[], condition?: string): Promise<void> {
  const { status, body } = await post(dependent, on, condition);
  expect({ status, body }).toMatchObject({ status: 200 });
}

async function trigger({ id }: Job): Promise<string> {
  const { status, body } = await service.call('POST', `${JOBS}/${id}/trigger`);
  expect({ status, body }).toMatchObject({ status: 202 });
  return body as string;
}

async function read(id: string): Promise<Execution> {
  return (await service.call('GET', `${EXECUTIONS}/${id}`)).body as Execution;
}

const ended = (id: string, status: string): Promise<Execution> =>
  eventually(
    () => read(id),
    (execution) => execution.status === status,
  );

/** Runs a job once, to its end. */
async function run(target: Job, status = 'Succeeded'): Promise<void> {
  await ended(await trigger(target), status);
}

describe('POST /jobs/{id}/dependencies', () => {
  it('sets the prerequisites in the place of those before, and shows them on the job', async () => {
    const [a, b, c] = [await job('a'), await job('b'), await job('c')];
    const first = await post(c, [a, b], 'AnySucceeded');
    expect(first).toMatchObject({
      status: 200,
      body: { dependsOnJobIds: [a.id, b.id], condition: 'AnySucceeded' },
    });
    await depends(c, [b]);
    const dependencies = { dependsOnJobIds: [b.id], condition: 'AllSucceeded' };
    expect(await service.call('GET', pathOf(c))).toMatchObject({ status: 200, body: dependencies });
    expect((await service.call('GET', `${JOBS}/${c.id}`)).body).toMatchObject({ dependencies });
    expect((await service.call('GET', `${JOBS}/${b.id}`)).body).toMatchObject({ dependencies: null });
  });

  it.each([
    [{ dependsOnJobIds: [], condition: 'AllSucceeded' }, 'dependsOnJobIds'],
    [{ dependsOnJobIds: [UNKNOWN_ID], condition: 'AllSucceeded' }, 'dependsOnJobIds.0'],
    [{ dependsOnJobIds: ['nothing'], condition: 'AllSucceeded' }, 'dependsOnJobIds.0'],
    [{ dependsOnJobIds: [UNKNOWN_ID], condition: 'AllFailed' }, 'condition'],
    [{ dependsOnJobIds: [UNKNOWN_ID] }, 'condition'],
    [{ condition: 'AllSucceeded' }, 'dependsOnJobIds'],
  ])('refuses %j and names the field', async (body, field) => {
    const dependent = await job('dependent');
    expect(fieldsAtFault(await service.call('POST', pathOf(dependent), body))).toEqual([field]);
  });

  it('refuses a job that waits for itself', async () => {
    const a = await job('me');
    const answer = await post(a, [a]);
    expect(fieldsAtFault(answer)).toEqual(['dependsOnJobIds']);
    expect(answer.body).toMatchObject({ code: 'dependency_cycle' });
  });

  it('refuses a cycle and prints it', async () => {
    const [a, b, c] = [await job('first'), await job('second'), await job('third')];
    await depends(b, [a]);
    await depends(c, [b]);
    const answer = await post(a, [c]);
    expect(answer).toMatchObject({ status: 400, body: { code: 'dependency_cycle' } });
    const [message] = (answer.body as { errors: { dependsOnJobIds: string[] } }).errors.dependsOnJobIds;
    expect(message).toMatch(/"first" \(.*\) → "third" \(.*\) → "second" \(.*\) → "first"/);
    expect((await service.call('GET', pathOf(a))).body).toMatchObject({ dependsOnJobIds: [] });
  });

  it('never lets two changes at once close a cycle', async () => {
    const [a, b] = [await job('left'), await job('right')];
    const answers = await Promise.all([post(a, [b]), post(b, [a])]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
  });

  it('answers 400 job_not_found for an unknown job and 403 to a viewer', async () => {
    const a = await job('a');
    const unknown = { ...a, id: UNKNOWN_ID };
    expect(await post(unknown, [a])).toMatchObject({ status: 400, body: { code: 'job_not_found' } });
    const options = { token: service.token('viewer') };
    const body = { dependsOnJobIds: [a.id], condition: 'AllSucceeded' };
    expect((await service.call('POST', pathOf(await job('b')), body, options)).status).toBe(403);
  });

  it('does not reach into projects that the token does not', async () => {
    const options = { token: service.token('operator', { projects: ['theirs'] }) };
    const theirs = await createJob(service, { name: 'theirs' }, options);
    const ours = await job('ours');
    const body = { dependsOnJobIds: [ours.id], condition: 'AllSucceeded' };
    const answer = await service.call('POST', pathOf(theirs), body, options);
    expect(fieldsAtFault(answer)).toEqual(['dependsOnJobIds.0']);
  });
});

describe('GET and DELETE /jobs/{id}/dependencies', () => {
  it('answers an empty list for a job without any, 404 to reading and 400 to deleting those of an unknown one', async () => {
    expect(await service.call('GET', pathOf(await job('free')))).toMatchObject({
      status: 200,
      body: { dependsOnJobIds: [] },
    });
    const unknown = pathOf({ id: UNKNOWN_ID });
    expect((await service.call('GET', unknown)).status).toBe(404);
    expect(await service.call('DELETE', unknown)).toMatchObject({
      status: 400,
      body: { code: 'job_not_found' },
    });
  });

  it('queues at once what has been waiting', async () => {
    const [a, b] = [await job('never'), await job('waiting')];
    await depends(b, [a]);
    const waiting = await trigger(b);
    expect((await read(waiting)).status).toBe('Pending');
    expect((await service.call('DELETE', pathOf(b))).status).toBe(204);
    await ended(waiting, 'Succeeded');
    expect((await service.call('GET', `${JOBS}/${b.id}`)).body).toMatchObject({ dependencies: null });
  });
});

describe('an execution of a job with prerequisites', () => {
  it('waits, says for which job, and runs once the prerequisite has succeeded', async () => {
    const [a, b] = [await job('upstream'), await job('downstream')];
    await depends(b, [a]);
    const waiting = await trigger(b);
    expect(await read(waiting)).toMatchObject({
      status: 'Pending',
      pendingReason: 'It waits for the job "upstream".',
    });
    await run(a);
    expect(await ended(waiting, 'Succeeded')).toMatchObject({ pendingReason: null });
  });

  it('runs at once where the prerequisite has succeeded and there was no execution before', async () => {
    const [a, b] = [await job('earlier'), await job('later')];
    await run(a);
    await depends(b, [a]);
    await run(b);
    // The next one needs a newer end.
    expect((await read(await trigger(b))).status).toBe('Pending');
  });

  it('waits for every one under AllSucceeded and for one under AnySucceeded', async () => {
    const [a, b, all, any] = [await job('a'), await job('b'), await job('all'), await job('any')];
    await depends(all, [a, b]);
    await depends(any, [a, b], 'AnySucceeded');
    const [waitsForAll, waitsForAny] = [await trigger(all), await trigger(any)];
    await run(a);
    await ended(waitsForAny, 'Succeeded');
    expect(await read(waitsForAll)).toMatchObject({
      status: 'Pending',
      pendingReason: 'It waits for the job "b".',
    });
    await run(b);
    await ended(waitsForAll, 'Succeeded');
  });

  it('ends cancelled and names the prerequisite that failed, and so does what waits for it in turn', async () => {
    const [bad, middle, last] = [await failing('bad one'), await job('middle'), await job('last')];
    await depends(middle, [bad]);
    await depends(last, [middle]);
    const [first, second] = [await trigger(middle), await trigger(last)];
    await run(bad, 'Failed');
    expect((await ended(first, 'Cancelled')).errorMessage).toMatch(
      /prerequisite "bad one" .* ended as failed/,
    );
    expect((await ended(second, 'Cancelled')).errorMessage).toMatch(
      /prerequisite "middle" .* ended as cancelled/,
    );
  });

  it('under AnySucceeded is cancelled only when all have failed', async () => {
    const [x, y, any] = [await failing('x'), await failing('y'), await job('any')];
    await depends(any, [x, y], 'AnySucceeded');
    const waiting = await trigger(any);
    await run(x, 'Failed');
    expect((await read(waiting)).status).toBe('Pending');
    await run(y, 'Failed');
    expect((await ended(waiting, 'Cancelled')).errorMessage).toMatch(/prerequisite "x"/);
  });

  it('waits too when the schedule starts it', async () => {
    const a = await job('before the clock');
    const b = await job('by the clock', { isEnabled: false, intervalSeconds: 1 });
    await depends(b, [a]);
    await service.call('PUT', `${JOBS}/${b.id}`, { isEnabled: true });
    const executions = async (): Promise<Execution[]> =>
      ((await service.call('GET', `${JOBS}/${b.id}/executions`)).body as { items: Execution[] }).items;
    await eventually(executions, (items) => items.some((item) => item.trigger === 'Schedule'));
    await service.call('POST', `${JOBS}/${b.id}/pause`);
    expect((await executions()).map((item) => item.status)).not.toContain('Succeeded');
    await run(a);
    await eventually(executions, (items) => items.every((item) => item.status === 'Succeeded'));
  });

  it('waits on after the definition of the job has changed', async () => {
    const [a, b] = [await job('a'), await job('b')];
    await depends(b, [a]);
    await service.call('PUT', `${JOBS}/${b.id}`, { timeoutSeconds: 77 });
    expect((await read(await trigger(b))).status).toBe('Pending');
  });

  it('then takes its turn under the limit of its job', async () => {
    const a = await job('gate');
    const b = await job('one at a time', {
      maxConcurrency: 1,
      jobConfiguration: { url: `${endpoint.url}/slow` },
    });
    await depends(b, [a]);
    const waiting = [await trigger(b), await trigger(b)];
    await run(a);
    const statuses = async () => (await Promise.all(waiting.map(read))).map(({ status }) => status).sort();
    await eventually(statuses, ([, second]) => second === 'Running');
    expect(await statuses()).toEqual(['Pending', 'Running']);
    await eventually(
      () => {
        endpoint.release();
        return statuses();
      },
      (now) => now.every((status) => status === 'Succeeded'),
    );
  });

  it('can be cancelled while it waits', async () => {
    const [a, b] = [await job('a'), await job('b')];
    await depends(b, [a]);
    const waiting = await trigger(b);
    expect(await service.call('POST', `${EXECUTIONS}/${waiting}/cancel`)).toMatchObject({
      status: 200,
      body: { status: 'Cancelled', errorMessage: 'Cancelled by tester.' },
    });
    await run(a);
    expect((await read(waiting)).status).toBe('Cancelled');
  });

  it('is not made to wait when it retries a failed one', async () => {
    const [a, b] = [await job('a'), await failing('b')];
    await run(a);
    await depends(b, [a]);
    const failed = await trigger(b);
    await ended(failed, 'Failed');
    const { body } = await service.call('POST', `${EXECUTIONS}/${failed}/retry`);
    await ended(body as string, 'Failed');
  });

  it.each(['', '?hardDelete=true'])(
    'ends when the prerequisite is deleted (%s), which is none any more',
    async (how) => {
      const [a, b] = [await job('leaving'), await job('staying')];
      await depends(b, [a]);
      const waiting = await trigger(b);
      expect((await service.call('DELETE', `${JOBS}/${a.id}${how}`)).status).toBe(204);
      expect((await ended(waiting, 'Cancelled')).errorMessage).toMatch(
        /prerequisite "leaving" .* was deleted/,
      );
      expect((await service.call('GET', `${JOBS}/${b.id}`)).body).toMatchObject({ dependencies: null });
      await run(b);
    },
  );

  it('ends when prerequisites are deleted in bulk, among them dependents of each other', async () => {
    const tag = 'deleted-in-bulk';
    const [a, b] = [await job('first gone', { tags: [tag] }), await job('second gone', { tags: [tag] })];
    const [both, chained] = [await job('waits for both'), await job('goes too', { tags: [tag] })];
    await depends(both, [a, b]);
    await depends(chained, [a]);
    const waiting = [await trigger(both), await trigger(chained)];
    const gone = await service.call('POST', `${JOBS}/bulk/delete`, { filter: { tag } });
    expect(gone).toMatchObject({ status: 200, body: { count: 3 } });
    expect((await ended(waiting[0] ?? '', 'Cancelled')).errorMessage).toMatch(
      /"(first|second) gone" .* was deleted/,
    );
    await ended(waiting[1] ?? '', 'Cancelled');
    expect((await service.call('GET', `${JOBS}/${both.id}`)).body).toMatchObject({ dependencies: null });
    await run(both);
  });

  it.each(['', '?hardDelete=true'])('goes with its own job when that is deleted (%s)', async (how) => {
    const [a, b] = [await job('a'), await job('b')];
    await depends(b, [a]);
    const waiting = await trigger(b);
    expect((await service.call('DELETE', `${JOBS}/${b.id}${how}`)).status).toBe(204);
    const left = await service.call('GET', `${EXECUTIONS}/${waiting}`);
    if (how === '') expect(left.body).toMatchObject({ status: 'Cancelled' });
    else expect(left.status).toBe(404);
    await run(a);
  });
});
