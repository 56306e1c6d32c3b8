import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Claim } from '../../src/modules/executions/claimed-execution.js';
import { ClaimQueue } from '../../src/modules/executions/claim-queue.js';
import { Consequences } from '../../src/modules/executions/consequences.js';
import { LowWaterMarks } from '../../src/modules/executions/low-water-marks.js';
import { Settlement } from '../../src/modules/executions/settlement.js';
import { eventually } from '../support/eventually.js';
import { LEASE_SECONDS, resultOf } from '../support/queue.js';
import { insertJob } from '../support/rows.js';
import { startService, type TestService } from '../support/service.js';
import { createWorkflow, triggerWorkflow } from '../support/workflows.js';

describe('two runs whose steps lead to each other’s limited jobs', () => {
  let service: TestService;
  let sql: pg.Client;
  let holder: pg.Client;

  beforeAll(async () => {
    service = await startService({ env: { ROLE: 'api' } });
    [sql, holder] = await Promise.all([connected(), connected()]);
  });
  afterAll(async () => {
    await Promise.all([sql.end(), holder.end()]);
    await service.stop();
  });

  async function connected(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: service.databaseUrl });
    await client.connect();
    return client;
  }

  const waitersFor = (count: number) =>
    eventually(
      async () =>
        (
          await sql.query<{ n: number }>(
            `SELECT count(*)::int AS n FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock'`,
          )
        ).rows[0]?.n,
      (n) => n === count,
    );

  async function claimOne(owner: string): Promise<Claim> {
    const queue = service.app.get(ClaimQueue, { strict: false });
    const claim = await queue.claim(owner, 1, LEASE_SECONDS, new LowWaterMarks());
    if (!claim) throw new Error('Nothing was there to claim');
    return claim;
  }

  /** A workflow of two jobs, one after the other. @returns its id */
  const chain = (first: string, second: string) =>
    createWorkflow(service, [{ jobId: first }, { jobId: second, dependsOn: [first] }]);

  it('end at the same time without a deadlock', async () => {
    const [a, b] = [await insertJob(sql, { maxConcurrency: 5 }), await insertJob(sql, { maxConcurrency: 5 })];
    const firstRun = await triggerWorkflow(service, await chain(a, b));
    await triggerWorkflow(service, await chain(b, a));
    const owner = randomUUID();
    // Each has a lease of its own: those that share one settle one after the other anyway.
    const claims = [await claimOne(owner), await claimOne(owner)];
    const settle = (jobId: string) => {
      const claim = claims.find(({ executions }) => executions[0]?.jobId === jobId);
      if (!claim) throw new Error(`Nothing of ${jobId} was claimed`);
      return service.app.get(Settlement, { strict: false }).settle(owner, [resultOf(claim, 0)]);
    };
    // A transaction that was ended for a deadlock would come here once more.
    let tries = 0;
    service.app.get(Consequences, { strict: false }).register({
      mayStart: () => Promise.resolve([]).finally(() => tries++),
      follow: () => Promise.resolve(),
    });

    await holder.query('BEGIN');
    await holder.query('SELECT FROM workflow_runs WHERE id = $1 FOR UPDATE', [firstRun]);
    const first = settle(a);
    await waitersFor(1);
    const second = settle(b);
    await waitersFor(2);
    await holder.query('ROLLBACK');

    expect([(await first).size, (await second).size]).toEqual([1, 1]);
    expect(tries).toBe(2);
    const { rows } = await sql.query<{ n: number }>('SELECT count(*)::int AS n FROM executions');
    expect(rows).toEqual([{ n: 4 }]);
  });
});
