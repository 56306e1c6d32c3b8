import { Logger } from '@nestjs/common';
import type { AuditEntry } from '../../src/modules/audit/audit-entry.js';
import { AuditLog } from '../../src/modules/audit/audit-log.js';
import { HotDatabase } from '../../src/platform/database/hot-database.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

let testDatabase: TestDatabase;
let database: HotDatabase;
let log: AuditLog;
const lost: unknown[] = [];

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = new HotDatabase(testDatabase.url, 2);
  log = new AuditLog(database);
  Logger.overrideLogger({ log: () => undefined, warn: () => undefined, error: (told) => lost.push(told) });
});
afterAll(async () => {
  Logger.overrideLogger(false);
  await database.close();
  await testDatabase.drop();
});
beforeEach(() => lost.splice(0));

function entryOf(actor: string, operation: string): AuditEntry {
  return {
    at: new Date(),
    actor,
    role: 'admin',
    operation,
    method: 'POST',
    path: '/',
    targetId: null,
    status: 200,
    before: null,
    after: null,
    requestId: 'r',
  };
}

async function actorsOf(operation: string): Promise<string[]> {
  const { items } = await log.list({ operation, offset: 0, limit: 100 });
  return items.map(({ actor }) => actor);
}

describe('the audit log', () => {
  it('loses an entry that cannot be stored alone, and tells it whole', async () => {
    const refused = entryOf('b\0', 'mixed');
    await Promise.all(
      [entryOf('a', 'mixed'), refused, entryOf('c', 'mixed')].map((entry) => log.record(entry)),
    );
    expect(await actorsOf('mixed')).toEqual(['c', 'a']);
    expect(lost).toEqual([expect.objectContaining({ entry: refused, err: expect.anything() })]);
  });

  it('keeps the order of what came in one turn, over many statements', async () => {
    const actors = Array.from({ length: 1_200 }, (_, index) => `actor ${index}`);
    await Promise.all(actors.map((actor) => log.record(entryOf(actor, 'many'))));
    expect(await actorsOf('many')).toEqual(actors.slice(-100).reverse());
  });

  it('has written what was recorded once it is shut down', async () => {
    void log.record(entryOf('a', 'late'));
    await log.beforeApplicationShutdown();
    expect(await actorsOf('late')).toEqual(['a']);
  });
});
