import { v7 as uuidv7 } from 'uuid';
import { ExecutionPurge } from '../../src/modules/executions/execution-purge.js';
import { WebhookOutbox } from '../../src/modules/webhooks/webhook-outbox.js';
import { WebhookDeliveries } from '../../src/modules/webhooks/webhook-deliveries.js';
import { LIST_UNDELIVERED } from '../../src/platform/database/sql/webhooks.sql.js';
import { DELIVERY_PERIOD_SECONDS } from '../../src/domain/webhook/attempts.js';
import { type ClaimedDelivery, WebhookQueue } from '../../src/modules/webhooks/webhook-queue.js';
import { REDELIVER } from '../../src/platform/database/sql/webhooks.sql.js';
import { DatabaseClock } from '../../src/platform/clock/database-clock.js';
import { claimed, createQueue, FAILED, manual, type Queue, resultOf } from '../support/queue.js';
import { insertJob } from '../support/rows.js';

const owner = uuidv7();
const LEASE = 30;
const NONE = new Map<string, number>();

let queue: Queue;
let deliveries: WebhookQueue;

beforeAll(async () => {
  queue = await createQueue();
  new WebhookOutbox(queue.consequences);
  deliveries = new WebhookQueue(queue.database);
});
afterAll(() => queue.drop());
beforeEach(() => queue.sql.query('TRUNCATE ready, claims, held, executions CASCADE'));

/** A job with a webhook, as the jobs module would write it. */
async function jobWithWebhook(more: Parameters<typeof insertJob>[1] = {}): Promise<string> {
  const id = await insertJob(queue.sql, more);
  await queue.sql.query(`UPDATE jobs SET webhook = '{"url":"http://a.b/","secret":null}' WHERE id = $1`, [
    id,
  ]);
  await queue.sql.query('UPDATE job_runtime SET followed = true WHERE job_id = $1', [id]);
  return id;
}

/** The ends on record, as `execution state`. */
const told = async (): Promise<string[]> =>
  (
    await queue.rows<{ end: string }>(
      `SELECT execution_id || ' ' || state AS "end" FROM webhook_deliveries ORDER BY execution_id`,
    )
  ).map(({ end }) => end);

describe('the outbox', () => {
  it('has each end of a job with a webhook, and nothing of others', async () => {
    const jobId = await jobWithWebhook();
    const enqueuer = queue.enqueuer();
    const ids: string[] = [];
    for (const job of [jobId, jobId, jobId, jobId, await insertJob(queue.sql)])
      ids.push(await enqueuer.enqueue(manual(job)));
    const claim = await claimed(queue, owner);
    const results = claim.executions.map(({ executionId }, index) => {
      const expired = { state: 'expired', startedAt: null } as const;
      const ends = [{}, FAILED, expired, { ...FAILED, state: 'delayed' as const }, {}];
      return resultOf(claim, index, ends[ids.indexOf(executionId)]);
    });
    expect((await queue.settlement.settle(owner, results)).size).toBe(5);
    const ended = [`${ids[0]} succeeded`, `${ids[1]} failed`, `${ids[2]} expired`];
    expect(await told()).toEqual(ended);
    await queue.cancelUnclaimed([ids[3] ?? '']);
    expect(await told()).toEqual([...ended, `${ids[3]} cancelled`]);
  });

  it('has an execution whose worker was lost for good, once', async () => {
    const jobId = await jobWithWebhook();
    const id = await queue.enqueuer().enqueue(manual(jobId));
    await claimed(queue, owner);
    await queue.sql.query(`UPDATE executions SET attempt = 3; `);
    await queue.sql.query(`UPDATE claims SET lease_until = now() - interval '1 s', attempts = '{3}'`);
    await Promise.all(Array.from({ length: 5 }, () => queue.rescuer.rescueBatch()));
    expect(await told()).toEqual([`${id} failed`]);
  });

  it('has one entry an execution, whoever of 100 ends it', async () => {
    const jobId = await jobWithWebhook({ maxConcurrency: 50 });
    const enqueuer = queue.enqueuer();
    const ids = await Promise.all(Array.from({ length: 100 }, () => enqueuer.enqueue(manual(jobId))));
    const claim = await claimed(queue, owner, 25);
    const late = claim.executions.map((_one, index) => resultOf(claim, index));
    await Promise.all(
      Array.from({ length: 100 }, (_one, index) =>
        index % 2 === 0 ? queue.cancelUnclaimed(ids) : queue.settlement.settle(owner, late),
      ),
    );
    // What an admission was moving just then is left to the next caller.
    await queue.cancelUnclaimed(ids);
    const ends = await told();
    expect(ends.map((end) => end.split(' ')[0])).toEqual([...ids].sort());
    expect(ends.filter((end) => end.endsWith('succeeded'))).toHaveLength(25);
  });

  it('goes with the executions', async () => {
    await queue.cancelUnclaimed([await queue.enqueuer().enqueue(manual(await jobWithWebhook()))]);
    const [delivery] = await deliveries.claim(1, 1, NONE, LEASE);
    if (!delivery) throw new Error('Nothing was due');
    await record(delivery, 'pending');
    const clock = new DatabaseClock(queue.database);
    await clock.measure();
    expect(await new ExecutionPurge(queue.database, clock).removeBatch(-1)).toBe(1);
    expect(await queue.value('SELECT count(*)::int FROM webhook_deliveries')).toBe(0);
    expect(await queue.value('SELECT count(*)::int FROM webhook_attempts')).toBe(0);
  });
});

describe('the queue of deliveries', () => {
  const cancelled = async (jobId: string, count: number): Promise<void> => {
    const enqueuer = queue.enqueuer();
    const ids = await Promise.all(Array.from({ length: count }, () => enqueuer.enqueue(manual(jobId))));
    await queue.cancelUnclaimed(ids);
  };

  it('gives each delivery to one process, and again when its lease has run out', async () => {
    await cancelled(await jobWithWebhook(), 40);
    const taken = await Promise.all(Array.from({ length: 8 }, () => deliveries.claim(10, 10, NONE, LEASE)));
    const ids = taken.flat().map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    await queue.sql.query(`UPDATE webhook_deliveries SET due_at = now() - interval '1 s'`);
    const [again] = await deliveries.claim(1, 1, NONE, LEASE);
    const stale = taken.flat().find(({ id }) => id === again?.id);
    expect(again?.attempt).toBe((stale?.attempt ?? 0) + 1);
    // Who has lost the lease writes nothing any more.
    if (stale) expect(await record(stale, 'failed')).toBe(false);
    if (again) expect(await record(again, 'delivered')).toBe(true);
    expect(await queue.rows(`SELECT id FROM webhook_deliveries WHERE status <> 'pending'`)).toEqual([
      { id: again?.id },
    ]);
    expect(await deliveries.backlog()).toEqual({ pending: 39, oldestSeconds: expect.any(Number) });
  });

  it('begins a new period when asked for by hand, whatever the attempt under way comes to', async () => {
    await cancelled(await jobWithWebhook(), 2);
    for (const end of ['failed', 'delivered'] as const) {
      const [delivery] = await deliveries.claim(1, 1, NONE, LEASE);
      if (!delivery) throw new Error('Nothing was due');
      const { id, executionId } = delivery;
      await queue.database.rows(REDELIVER, [id, executionId, DELIVERY_PERIOD_SECONDS]);
      expect(await record(delivery, end)).toBe(true);
      const row = `SELECT status, lease, finished_at IS NULL AS open FROM webhook_deliveries WHERE id = '${id}'`;
      if (end === 'delivered') {
        expect(await queue.rows(row)).toEqual([{ status: 'delivered', lease: null, open: false }]);
        continue;
      }
      expect(await queue.rows(row)).toEqual([{ status: 'pending', lease: null, open: true }]);
      await queue.sql.query(`UPDATE webhook_deliveries SET due_at = now() - interval '1 h' WHERE id = $1`, [
        id,
      ]);
      const [again] = await deliveries.claim(1, 1, NONE, LEASE);
      expect(again).toMatchObject({ id, attempt: 1 });
      // The new period ends like any other.
      if (again) expect(await record(again, 'failed')).toBe(true);
      expect(await queue.rows(row)).toEqual([{ status: 'failed', lease: null, open: false }]);
    }
  });

  it('takes of each job only so many as may be in hand', async () => {
    const [many, few, busy] = [await jobWithWebhook(), await jobWithWebhook(), await jobWithWebhook()];
    await cancelled(many, 20);
    await cancelled(few, 2);
    await cancelled(busy, 1);
    const inHand = new Map([
      [busy, 5],
      [few, 4],
    ]);
    const jobs = (await deliveries.claim(10, 5, inHand, LEASE)).map(({ jobId }) => jobId);
    const of = (job: string) => jobs.filter((jobId) => jobId === job).length;
    expect([of(many), of(few), of(busy)]).toEqual([5, 1, 0]);
    const { oldestSeconds } = await deliveries.backlog();
    expect(oldestSeconds).toBeLessThan(DELIVERY_PERIOD_SECONDS / 2);
  });
});

it('finds the few deliveries that failed by an index of their own', async () => {
  const jobId = await jobWithWebhook();
  await queue.rows(
    `WITH e AS (
       INSERT INTO executions (id, job_id, job_version, state, trigger, available_at, priority, max_attempts, finished_at)
       SELECT gen_random_uuid(), $1, 1, 'succeeded', 'manual', now(), 0, 1, now() FROM generate_series(1, 3000)
       RETURNING id
     )
     INSERT INTO webhook_deliveries (id, execution_id, job_id, state, status, finished_at, give_up_at)
     SELECT gen_random_uuid(), id, $1, 'succeeded',
            CASE WHEN row_number() OVER () % 500 = 0 THEN 'failed' ELSE 'delivered' END, now(), now() FROM e`,
    [jobId],
  );
  await queue.rows('ANALYZE executions, webhook_deliveries');
  const log = new WebhookDeliveries(queue.database);
  const pages: string[] = [];
  for (let before: string | null = null, more = true; more;) {
    const page = await log.ofJob(jobId, { status: 'failed', before, limit: 4 });
    pages.push(...page.map(({ id }) => id));
    before = page.at(-1)?.id ?? null;
    more = page.length === 4;
  }
  const failed = await queue.rows<{ id: string }>(
    `SELECT id FROM webhook_deliveries WHERE status = 'failed' ORDER BY id DESC`,
  );
  expect(pages).toEqual(failed.map(({ id }) => id));
  expect(pages).toHaveLength(6);
  await queue.rows(`SET plan_cache_mode = force_generic_plan`);
  await queue.rows(`PREPARE undelivered AS ${LIST_UNDELIVERED.text}`);
  const plan = await queue.rows<{ 'QUERY PLAN': string }>(
    `EXPLAIN EXECUTE undelivered ('${jobId}', 'failed', NULL, 20)`,
  );
  expect(plan.map((row) => row['QUERY PLAN']).join('\n')).toContain('webhook_deliveries_undelivered');
});

async function record(
  delivery: ClaimedDelivery,
  status: 'pending' | 'delivered' | 'failed',
): Promise<boolean> {
  const at = new Date();
  const nextAt = status === 'pending' ? at : null;
  const error = status === 'delivered' ? null : { code: 'no', message: 'No.' };
  const attempt = { at, url: null, responseStatus: null, durationMs: 1, error, status, nextAt };
  return (await deliveries.record([{ delivery, attempt }])).has(delivery.id);
}
