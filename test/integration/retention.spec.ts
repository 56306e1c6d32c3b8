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

const executionEnded = async (finishedAt: Date): Promise<string> => {
  const id = uuidv7({ msecs: finishedAt.getTime() });
  await sql.query(
    `INSERT INTO executions (id, job_id, job_version, state, trigger, available_at, priority, max_attempts, created_at, finished_at)
     VALUES ($1, $1, 1, 'succeeded', 'manual', $2, 0, 1, $2, $2)`,
    [id, finishedAt],
  );
  return id;
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
    await executionEnded(OLD);
    const kept = await executionEnded(now);
    await audited(OLD);
    await audited(now);
    const left = await eventually(
      remaining,
      ({ executions, audited: entries }) => executions.length === 1 && entries.length === 1,
    );
    expect(left).toEqual({ executions: [kept], audited: [now] });
  });

  it('keeps on record when it ran, what it removed, and when it runs next', async () => {
    const log = service.app.get(RetentionLog, { strict: false });
    await executionEnded(OLD);
    const before = await log.read();
    const state = await eventually(
      () => log.read(),
      ({ lastRunAt, removed }) => (lastRunAt ?? OLD) > (before.lastRunAt ?? OLD) && removed?.executions === 1,
    );
    expect(state.removed).toEqual({ executions: 1, occurrences: 0, auditEntries: 0 });
    expect(state.nextRunAt).toBeInstanceOf(Date);
  });

  it('gives each instant to one node', async () => {
    const log = service.app.get(RetentionLog, { strict: false });
    const instant = new Date(Date.now() + 86_400_000);
    const taken = await Promise.all(Array.from({ length: 5 }, () => log.take(instant)));
    expect(taken.filter(Boolean)).toHaveLength(1);
  });
});
