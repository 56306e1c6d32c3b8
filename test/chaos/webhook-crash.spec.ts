import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { type CarillonProcess, startCarillon } from '../support/carillon-process.js';
import { verifyOfCookbook } from '../support/cookbook.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { bodyOf, type Endpoint, startEndpoint } from '../support/http-endpoint.js';

const SECRET = 'a-secret-of-the-chaos-tests';
const IN_TIME = { timeoutMs: 120_000 };

interface Hook {
  id: string;
  runId: string;
  genuine: boolean;
}

/** Processes that are killed after an end is on record and before its webhook has arrived. */
describe('a webhook', () => {
  const verify = verifyOfCookbook();
  const hooks: Hook[] = [];
  let hanging = true;
  let database: TestDatabase;
  let receiver: Endpoint;
  let sql: pg.Client;
  let env: Record<string, string>;
  const running = new Set<CarillonProcess>();

  beforeAll(async () => {
    database = await createTestDatabase();
    sql = new pg.Client({ connectionString: database.url });
    await sql.connect();
    env = { SECRETS_KEY: randomBytes(32).toString('base64') };
    receiver = await startEndpoint((request, response) => {
      void bodyOf(request).then((text) => {
        if (request.url !== '/hook') return response.writeHead(200).end();
        const { data } = JSON.parse(text) as { data: { id: string } };
        const id = String(request.headers['webhook-id']);
        hooks.push({ id, runId: data.id, genuine: verify(SECRET, request.headers, text) });
        if (!hanging) response.writeHead(204).end();
      });
    });
  }, 60_000);

  afterAll(async () => {
    for (const node of running) await node.kill();
    await sql.end();
    await receiver.close();
    await database.drop();
  }, 60_000);

  it('arrives although every process was killed between the end and its delivery', async () => {
    const worker = await start('all');
    const job = await worker.call('POST', '/v1/jobs', {
      project_id: 'default',
      name: 'Told',
      slug: 'told',
      endpoint_url: receiver.origin,
      webhook_url: `${receiver.origin}/hook`,
      webhook_secret: SECRET,
    });
    expect(job.status).toBe(201);
    const trigger = `/v1/jobs/${job.body.id}/trigger`;
    const succeeded: string = (await worker.call('POST', trigger, {})).body.id;
    const asked = await worker.call('POST', trigger, { scheduled_at: '2040-01-01T00:00:00Z' });
    const cancelled: string = asked.body.id;
    await told(succeeded, 1);
    await kill(worker);

    // Nothing delivers in this role: what ends here can only be delivered after its end.
    const api = await start('api');
    expect((await api.call('POST', `/v1/runs/${cancelled}/cancel`)).status).toBe(200);
    await kill(api);
    expect(await deliveries()).toEqual([
      { executionId: succeeded, state: 'succeeded', status: 'pending' },
      { executionId: cancelled, state: 'cancelled', status: 'pending' },
    ]);

    hanging = false;
    await start('worker');
    await told(cancelled, 1);
    // The attempt that died with its process is made again when its lease has run out.
    await told(succeeded, 2);
    await eventually(deliveries, (rows) => rows.every(({ status }) => status === 'delivered'), IN_TIME);
    expect(await deliveries()).toHaveLength(2);
    expect(new Set(hooks.map(({ id }) => id)).size).toBe(2);
    expect(hooks.every(({ genuine }) => genuine)).toBe(true);
  }, 300_000);

  async function start(role: string): Promise<CarillonProcess> {
    const node = await startCarillon(database.url, { ...env, ROLE: role });
    running.add(node);
    return node;
  }

  async function kill(node: CarillonProcess): Promise<void> {
    running.delete(node);
    await node.kill();
  }

  function told(runId: string, times: number): Promise<number> {
    return eventually(
      () => hooks.filter((hook) => hook.runId === runId).length,
      (count) => count === times,
      IN_TIME,
    );
  }

  async function deliveries() {
    const { rows } = await sql.query<{ executionId: string; state: string; status: string }>(
      `SELECT execution_id AS "executionId", state, status FROM webhook_deliveries ORDER BY execution_id`,
    );
    return rows;
  }
});
