import { SchedulerRegistry } from '@nestjs/schedule';
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { RetentionLog } from '../../src/modules/admin/retention-log.js';
import { eventually } from '../support/eventually.js';
import { startService, type TestService } from '../support/service.js';

const OLD = new Date(Date.now() - 40 * 86_400_000);

let service: TestService;
let sql: pg.Client;

beforeAll(async () => {
  service = await startService({
    env: { RETENTION_SCHEDULE: '* * * * * *', EXECUTION_RETENTION_DAYS: '30', AUDIT_RETENTION_DAYS: '30' },
  });
  sql = new pg.Client({ connectionString: service.databaseUrl });
  await sql.connect();
});
afterAll(async () => {
  await sql.end();
  await service.stop();
});

/** In one statement, so that one run of retention sees all of them. */
const executionsEnded = async (finishedAt: Date, count: number): Promise<string[]> => {
  const ids = Array.from({ length: count }, () => uuidv7({ msecs: finishedAt.getTime() }));
  await sql.query(
    `INSERT INTO executions (id, job_id, job_version, state, trigger, available_at, priority, max_attempts, created_at, finished_at)
     SELECT id, id, 1, 'succeeded', 'manual', $2, 0, 1, $2, $2 FROM unnest($1::uuid[]) AS r (id)`,
    [ids, finishedAt],
  );
  return ids;
};
const audited = (at: Date): Promise<unknown> =>
  sql.query(
    `INSERT INTO audit_log (at, actor, role, operation, method, path, status, request_id)
     VALUES ($1, 'a', 'admin', 'createJob', 'POST', '/', 201, 'r')`,
    [at],
  );
const remaining = async (): Promise<{ executions: string[]; audited: Date[] }> => ({
  executions: (await sql.query<{ id: string }>('SELECT id FROM executions')).rows.map(({ id }) => id),
  audited: (await sql.query<{ at: Date }>('SELECT at FROM audit_log')).rows.map(({ at }) => at),
});

describe('retention', () => {
  it('is a cron registration of its own in the SchedulerRegistry', async () => {
    const registry = service.app.get(SchedulerRegistry, { strict: false });
    await eventually(
      () => registry.doesExist('cron', 'retention'),
      (exists) => exists,
    );
  });

  it('removes at its instants what is too old, and nothing else', async () => {
    const now = new Date();
    await executionsEnded(OLD, 1);
    const kept = await executionsEnded(now, 1);
    await audited(OLD);
    await audited(now);
    const left = await eventually(
      remaining,
      ({ executions, audited: entries }) => executions.length === 1 && entries.length === 1,
    );
    expect(left).toEqual({ executions: kept, audited: [now] });
  });

  it('keeps on record when it ran, what it removed, and when it runs next', async () => {
    const log = service.app.get(RetentionLog, { strict: false });
    await executionsEnded(OLD, 3);
    const state = await eventually(
      () => log.read(),
      ({ removed }) => removed?.executions === 3,
    );
    expect(state.removed).toEqual({ executions: 3, occurrences: 0, auditEntries: 0 });
    expect(state.lastRunAt).toBeInstanceOf(Date);
    expect(state.nextRunAt).toBeInstanceOf(Date);
    const { body } = await service.call('GET', '/api/v1/scheduler/dashboard/stats');
    expect(body.retention).toEqual({
      lastDueAt: expect.stringMatching(/Z$/),
      lastRunAt: expect.stringMatching(/Z$/),
      nextRunAt: expect.stringMatching(/Z$/),
      removed: { executions: expect.any(Number), occurrences: 0, auditEntries: 0 },
    });
  });

  it('gives each instant to one node', async () => {
    const log = service.app.get(RetentionLog, { strict: false });
    const instant = new Date(Date.now() + 86_400_000);
    const taken = await Promise.all(Array.from({ length: 5 }, () => log.take(instant)));
    expect(taken.filter(Boolean)).toHaveLength(1);
  });
});
