import pg from 'pg';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../support/database.js';

async function tablesOf(database: TestDatabase): Promise<string[]> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'",
    );
    return rows.map((row) => row.name);
  } finally {
    await client.end();
  }
}

describe('the database of a test file', () => {
  it('has the schema, and is apart from that of other files made at the same moment', async () => {
    const databases = await Promise.all(Array.from({ length: 8 }, () => createTestDatabase()));
    try {
      expect(new Set(databases.map((database) => database.url)).size).toBe(8);
      for (const tables of await Promise.all(databases.map(tablesOf))) {
        expect(tables).toEqual(expect.arrayContaining(['carillon_migrations', 'jobs', 'executions']));
      }
    } finally {
      await Promise.all(databases.map((database) => database.drop()));
    }
  });

  it('can be had empty', async () => {
    const database = await createEmptyDatabase();
    try {
      expect(await tablesOf(database)).toEqual([]);
    } finally {
      await database.drop();
    }
  });

  it('is dropped with its connections still open, and twice without harm', async () => {
    const database = await createTestDatabase();
    const client = new pg.Client({ connectionString: database.url });
    const lost = new Promise((resolve) => client.on('error', resolve));
    await client.connect();
    await database.drop();
    await lost;
    await database.drop();
    await expect(tablesOf(database)).rejects.toThrow('does not exist');
  });
});
