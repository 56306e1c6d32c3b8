import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** A database of its own for one test file. */
export interface TestDatabase {
  readonly url: string;
  /** Removes it, with whatever connections are still open: a pool needs an `error` listener, or to be closed before. */
  drop(): Promise<void>;
}

/** A database with the schema of `migrations/`, copied from the run's template. Call it once a file, in `beforeAll`. */
export function createTestDatabase(): Promise<TestDatabase> {
  return create('TEMPLATE carillon_template');
}

/** A database with nothing in it, for tests of the migrations themselves. */
export function createEmptyDatabase(): Promise<TestDatabase> {
  return create('TEMPLATE template0');
}

async function create(origin: string): Promise<TestDatabase> {
  const name = `test_${process.pid}_${randomBytes(6).toString('hex')}`;
  await asAdmin(`CREATE DATABASE ${name} ${origin}`);
  const url = adminUrl().replace('/carillon?', `/${name}?`);
  return { url, drop: () => asAdmin(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

async function asAdmin(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl() });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** From global-setup.mjs, which runs for the projects `integration`, `e2e` and `chaos`. */
function adminUrl(): string {
  const url = process.env.TEST_DATABASE_ADMIN_URL;
  if (!url)
    throw new Error('This test needs PostgreSQL: put it under test/integration, test/e2e or test/chaos');
  return url;
}
