import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type CarillonProcess, startCarillon } from '../support/carillon-process.js';
import { type CountingEndpoint, startCountingEndpoint } from '../support/counting-endpoint.js';
import { eventually } from '../support/eventually.js';
import { logOf, query, startHost, stopHost, urlOf } from '../support/postgres-host.js';
import type { TypeScriptProcess } from '../support/run-typescript.js';

const CALLERS = 8;
const TRIGGERS = 600;
const KILLS = 2;

/** PostgreSQL dies under load and comes back: whatever was acknowledged ends, and ends once. */
describe('PostgreSQL killed and restarted under load', () => {
  let dataDir: string;
  let host: TypeScriptProcess;
  let databaseUrl: string;
  let endpoint: CountingEndpoint;
  let carillon: CarillonProcess;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'carillon-chaos-database-'));
    host = startHost(dataDir, true);
    databaseUrl = await urlOf(host);
    endpoint = await startCountingEndpoint();
    carillon = await startCarillon(databaseUrl);
  }, 120_000);

  afterAll(async () => {
    await carillon.kill();
    await endpoint.close();
    await stopHost(host);
    await rm(dataDir, { recursive: true, force: true });
  }, 60_000);

  it('ends every acknowledged trigger exactly once', async () => {
    const job = await carillon.call('POST', '/api/v1/scheduler/jobs', {
      name: 'called',
      jobType: 'HttpCall',
      scheduleType: 'Interval',
      intervalSeconds: 86_400,
      jobConfiguration: { url: `${endpoint.url}/call` },
    });
    const acknowledged: string[] = [];
    const callers = Array.from({ length: CALLERS }, () => triggerUntilEnough(job.body.id, acknowledged));
    for (let kill = 1; kill <= KILLS; kill++) {
      await eventually(
        () => acknowledged.length,
        (n) => n >= (TRIGGERS / (KILLS + 1)) * kill,
        { timeoutMs: 60_000 },
      );
      process.kill(await postmaster(), 'SIGKILL');
      await logOf(host, /start|again|recover/i);
    }
    await Promise.all(callers);

    await eventually(
      () => open(),
      (n) => n === 0,
      { timeoutMs: 60_000, everyMs: 100 },
    );
    const rows = await query<{ id: string; state: string }>(
      databaseUrl,
      'SELECT id, state FROM executions WHERE id = ANY ($1)',
      [acknowledged],
    );
    expect(acknowledged.length).toBeGreaterThanOrEqual(TRIGGERS);
    expect(new Set(acknowledged).size).toBe(acknowledged.length);
    expect(rows).toHaveLength(acknowledged.length);
    expect(rows.filter((row) => row.state !== 'succeeded')).toEqual([]);
    const called = new Set(endpoint.received.map((call) => call.executionId));
    expect(acknowledged.filter((id) => !called.has(id))).toEqual([]);
  }, 240_000);

  async function triggerUntilEnough(jobId: string, acknowledged: string[]): Promise<void> {
    while (acknowledged.length < TRIGGERS) {
      const answer = await carillon.call('POST', `/api/v1/scheduler/jobs/${jobId}/trigger`);
      if (answer.status === 202) acknowledged.push(answer.body);
      else {
        // While the database is away the answer is a clear refusal, never an internal error.
        expect(answer.status).toBe(503);
        await pause(50);
      }
    }
  }

  async function open(): Promise<number> {
    try {
      const [row] = await query<{ n: number }>(
        databaseUrl,
        'SELECT count(*)::integer AS n FROM executions WHERE finished_at IS NULL',
      );
      return row?.n ?? -1;
    } catch {
      return -1;
    }
  }

  async function postmaster(): Promise<number> {
    const file = await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').catch(() =>
      readFile(join(dataDir, 'postgres', 'data', 'postmaster.pid'), 'utf8'),
    );
    return Number.parseInt(file, 10);
  }
});
