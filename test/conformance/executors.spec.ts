import pg from 'pg';
import { WorkerService } from '../../src/engine/worker/worker.service.js';
import { ExecutorRegistry } from '../../src/executors/registry.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { createJob, EXECUTIONS, fieldsAtFault, JOBS, MINIMAL_JOB } from '../support/scheduler-api.js';
import { startService, type TestService } from '../support/service.js';
import { codeExecution } from './executors/code-execution.js';
import { fileOperation } from './executors/file-operation.js';
import type { ExecutorFixture } from './executors/fixture.js';
import { httpCall } from './executors/http-call.js';
import { storedProcedure } from './executors/stored-procedure.js';

const TYPES = ['http-call', 'stored-procedure', 'code-execution', 'file-operation'];
const SECRET = 'conformance-s3cret';
/** What an execution may keep of its output. */
const MOST_OUTPUT_BYTES = 1.5 * 1024 * 1024;
const PATIENCE = { timeoutMs: 40_000 };

interface Row {
  state: string;
  attempt: number;
  failure_kind: string | null;
  finished_at: Date | null;
  bytes: number;
}

describe('every executor', () => {
  const fixtures = new Map<string, ExecutorFixture>();
  let database: TestDatabase;
  let sql: pg.Client;
  let service: TestService;

  beforeAll(async () => {
    database = await createTestDatabase();
    sql = new pg.Client({ connectionString: database.url });
    sql.on('error', () => undefined);
    await sql.connect();
    const files = await fileOperation();
    const all = [await httpCall(), await storedProcedure(database.url, 'main'), codeExecution, files];
    for (const fixture of all) fixtures.set(fixture.type, fixture);
    service = await startService({
      databaseUrl: database.url,
      env: { FILE_ROOTS: `data=${files.root}`, DATA_SOURCES: `main=${database.url}` },
    });
    await service.call('POST', '/api/v1/scheduler/secrets', { name: 'ECHOED', value: SECRET });
  }, 60_000);
  afterAll(async () => {
    for (const fixture of fixtures.values()) await fixture.close?.();
    await sql.end();
    await database.drop();
  });

  const fixtureOf = (type: string): ExecutorFixture => {
    const fixture = fixtures.get(type);
    if (!fixture) throw new Error(`No fixture for ${type}`);
    return fixture;
  };

  async function start(type: string, jobConfiguration: object, more: object = {}): Promise<string> {
    const { jobType } = fixtureOf(type);
    const job = await createJob(service, { jobType, jobConfiguration, timeoutSeconds: 600, ...more });
    return (await service.call('POST', `${JOBS}/${job.id}/trigger`)).body as string;
  }

  async function read(id: string): Promise<Row> {
    const { rows } = await sql.query<Row>(
      `SELECT state, attempt, failure_kind, finished_at, coalesce(octet_length(output::text), 0) AS bytes
       FROM executions WHERE id = $1`,
      [id],
    );
    if (!rows[0]) throw new Error(`No execution ${id}`);
    return rows[0];
  }
  const ended = (id: string) =>
    eventually(
      () => read(id),
      (row) => row.finished_at !== null,
      PATIENCE,
    );
  const running = (id: string, attempt = 1) =>
    eventually(
      () => read(id),
      (row) => row.state === 'running' && row.attempt === attempt,
      PATIENCE,
    );
  const worker = () => service.app.get(WorkerService, { strict: false }).worker;
  const idle = () =>
    eventually(
      () => worker().runningCount,
      (count) => count === 0,
      PATIENCE,
    );

  it('has a fixture here', () => {
    const executors = service.app.get(ExecutorRegistry, { strict: false });
    expect(executors.types().sort()).toEqual([...TYPES].sort());
    expect([...fixtures.keys()].sort()).toEqual([...TYPES].sort());
  });

  describe.each(TYPES)('%s', (type) => {
    it('does its work', async () => {
      expect(await ended(await start(type, fixtureOf(type).quick))).toMatchObject({ state: 'succeeded' });
    }, 60_000);

    it('stops when it is cancelled', async () => {
      const id = await start(type, fixtureOf(type).endless);
      await running(id);
      await service.call('POST', `${EXECUTIONS}/${id}/cancel`);
      expect(await ended(id)).toMatchObject({ state: 'cancelled' });
      await idle();
    }, 60_000);

    it('stops when its time is over', async () => {
      const id = await start(type, fixtureOf(type).endless, { timeoutSeconds: 1 });
      expect(await ended(id)).toMatchObject({ state: 'failed', failure_kind: 'timeout' });
      await idle();
    }, 60_000);

    it('keeps no more output than may be kept', async () => {
      const { configuration, ends } = fixtureOf(type).oversized;
      const row = await ended(await start(type, configuration));
      expect(row.state).toBe(ends.toLowerCase());
      expect(row.bytes).toBeLessThan(MOST_OUTPUT_BYTES);
    }, 60_000);

    it('refuses a bad configuration and names the place', async () => {
      const { bad, jobType } = fixtureOf(type);
      for (const { configuration, field } of bad) {
        const answer = await service.call('POST', JOBS, {
          ...MINIMAL_JOB,
          jobType,
          jobConfiguration: configuration,
        });
        expect(fieldsAtFault(answer)).toEqual([`jobConfiguration.${field}`]);
      }
    }, 60_000);

    it('puts secrets in, and leaves none behind', async () => {
      const id = await start(type, fixtureOf(type).echo('${{ secrets.ECHOED }}'));
      expect(await ended(id)).toMatchObject({ state: 'succeeded' });
      const { rows } = await sql.query<{ kept: string }>(
        `SELECT e::text || coalesce((SELECT string_agg(l::text, '') FROM execution_logs l WHERE execution_id = e.id), '')
                AS kept FROM executions e WHERE id = $1`,
        [id],
      );
      expect(rows[0]?.kept).toContain('***');
      expect(rows[0]?.kept).not.toContain(SECRET);
      expect(rows[0]?.kept).not.toContain('secrets.ECHOED');
    }, 60_000);

    it('stops when its lease is lost, and is tried again', async () => {
      const id = await start(type, fixtureOf(type).endless);
      await running(id);
      await sql.query(
        `UPDATE claims SET owner = gen_random_uuid(), lease_until = now() - interval '1 second'
         WHERE $1::uuid = ANY (ids)`,
        [id],
      );
      await running(id, 2);
      const { rows } = await sql.query('SELECT attempt, failure_kind FROM attempts WHERE execution_id = $1', [
        id,
      ]);
      expect(rows).toEqual([{ attempt: 1, failure_kind: 'crash' }]);
      await eventually(
        () => worker().runningCount,
        (count) => count === 1,
        PATIENCE,
      );
      await service.call('POST', `${EXECUTIONS}/${id}/cancel`);
      expect(await ended(id)).toMatchObject({ state: 'cancelled', attempt: 2 });
      await idle();
    }, 120_000);
  });

  it('gives its work back when the process ends', async () => {
    const ids: string[] = [];
    for (const type of TYPES) ids.push(await start(type, fixtureOf(type).endless));
    for (const id of ids) await running(id);
    await service.stop();
    for (const id of ids) expect(await read(id)).toMatchObject({ state: 'delayed', attempt: 2 });
  }, 120_000);
});
