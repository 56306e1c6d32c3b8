import { createJob, fieldsAtFault, type Job, JOBS, startApi, UNKNOWN_ID } from '../support/scheduler-api.js';
import type { Answer, TestService } from '../support/service.js';

let service: TestService;

beforeAll(async () => {
  service = await startApi();
});
afterAll(() => service.stop());

const NONE = { excludedDates: [], excludedDaysOfWeek: [], timeRange: null };
const noon = { scheduleType: 'Cron', scheduleExpression: '0 12 * * *', intervalSeconds: undefined };

const post = (job: { id: string }, body: object): Promise<Answer> =>
  service.call('POST', `${JOBS}/${job.id}/exclusions`, body);

async function jobOf({ id }: { id: string }): Promise<Job> {
  return (await service.call('GET', `${JOBS}/${id}`)).body as Job;
}

describe('POST /jobs/{id}/exclusions', () => {
  it('keeps nextRunAt at the first run that is not excluded, and shows the rules on the job', async () => {
    const job = await createJob(service, noon);
    const answer = await post(job, { excludedDates: [job.nextRunAt.slice(0, 10)] });
    expect(answer).toMatchObject({
      status: 200,
      body: { ...NONE, excludedDates: [job.nextRunAt.slice(0, 10)] },
    });
    const nextDay = new Date(Date.parse(job.nextRunAt) + 86_400_000).toISOString();
    expect(await jobOf(job)).toMatchObject({ nextRunAt: nextDay, exclusions: answer.body });
  });

  it('skips days of the week', async () => {
    const job = await createJob(service, noon);
    const days = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
    expect((await post(job, { excludedDaysOfWeek: days })).status).toBe(200);
    expect(new Date((await jobOf(job)).nextRunAt).getUTCDay()).toBe(0);
  });

  it("reads a time range in the job's timezone, over midnight too", async () => {
    const job = await createJob(service, {
      ...noon,
      scheduleExpression: '0 1,5,21,23 * * *',
      timezone: 'Asia/Tokyo',
    });
    expect((await post(job, { timeRange: { start: '22:00', end: '05:00' } })).status).toBe(200);
    // 05:00 and 21:00 in Tokyo are 20:00 and 12:00 in UTC.
    expect((await jobOf(job)).nextRunAt).toMatch(/T(20|12):00:00\.000Z$/);
  });

  it('replaces the rule kinds that it names and keeps the others', async () => {
    const job = await createJob(service, noon);
    await post(job, { excludedDates: ['2030-12-25'], excludedDaysOfWeek: ['Sunday'] });
    const second = await post(job, {
      excludedDates: ['2031-01-01'],
      timeRange: { start: '01:00', end: '02:00' },
    });
    expect(second.body).toEqual({
      excludedDates: ['2031-01-01'],
      excludedDaysOfWeek: ['Sunday'],
      timeRange: { start: '01:00', end: '02:00' },
    });
    expect((await post(job, { excludedDaysOfWeek: [], timeRange: null })).body).toEqual({
      ...NONE,
      excludedDates: ['2031-01-01'],
    });
  });

  it.each([
    [{ excludedDates: ['2025-02-30'] }, 'excludedDates.0'],
    [{ excludedDates: 'tomorrow' }, 'excludedDates'],
    [{ excludedDaysOfWeek: ['Caturday'] }, 'excludedDaysOfWeek.0'],
    [{ timeRange: { start: '25:00', end: '06:00' } }, 'timeRange.start'],
    [{ timeRange: { start: '08:00', end: '08:00' } }, 'timeRange'],
    [{ timeRange: { start: '08:00' } }, 'timeRange.end'],
    [{ excludedDate: ['2025-12-25'] }, 'excludedDate'],
  ])('refuses %j and names the field', async (body, field) => {
    const job = await createJob(service, noon);
    expect(fieldsAtFault(await post(job, body))).toEqual([field]);
    expect((await jobOf(job)).exclusions).toBeNull();
  });

  it('refuses rules that exclude everything', async () => {
    const job = await createJob(service, noon);
    const answer = await post(job, { timeRange: { start: '11:00', end: '13:00' } });
    expect(answer).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
    expect((await jobOf(job)).nextRunAt).toBe(job.nextRunAt);
  });

  it('answers 400 job_not_found for an unknown job', async () => {
    expect(await post({ id: UNKNOWN_ID }, {})).toMatchObject({
      status: 400,
      body: { code: 'job_not_found' },
    });
    expect(await post({ id: 'nothing' }, {})).toMatchObject({ status: 400, body: { code: 'job_not_found' } });
  });

  it('needs an operator', async () => {
    const job = await createJob(service, noon);
    const options = { token: service.token('viewer') };
    expect((await service.call('POST', `${JOBS}/${job.id}/exclusions`, {}, options)).status).toBe(403);
  });

  it('does not bind manual triggers', async () => {
    const job = await createJob(service, noon);
    await post(job, { excludedDates: [new Date().toISOString().slice(0, 10)] });
    expect((await service.call('POST', `${JOBS}/${job.id}/trigger`)).status).toBe(202);
  });
});

describe('GET and DELETE /jobs/{id}/exclusions', () => {
  it('shows the rules, and empty ones where there are none', async () => {
    const job = await createJob(service, noon);
    const path = `${JOBS}/${job.id}/exclusions`;
    expect(await service.call('GET', path)).toMatchObject({ status: 200, body: NONE });
    await post(job, { excludedDaysOfWeek: ['Sunday'] });
    expect((await service.call('GET', path)).body).toEqual({ ...NONE, excludedDaysOfWeek: ['Sunday'] });
  });

  it('removes all rules', async () => {
    const job = await createJob(service, noon);
    await post(job, { excludedDates: [job.nextRunAt.slice(0, 10)] });
    expect((await service.call('DELETE', `${JOBS}/${job.id}/exclusions`)).status).toBe(204);
    expect(await jobOf(job)).toMatchObject({ exclusions: null, nextRunAt: job.nextRunAt });
  });

  it('answers 404 to reading and 400 to deleting those of an unknown job', async () => {
    const path = `${JOBS}/${UNKNOWN_ID}/exclusions`;
    expect(await service.call('GET', path)).toMatchObject({ status: 404, body: { code: 'job_not_found' } });
    expect(await service.call('DELETE', path)).toMatchObject({
      status: 400,
      body: { code: 'job_not_found' },
    });
  });
});
