import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Client } from 'pg';

/** `migrations/` stands beside `src/` and `dist/` alike. */
const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../../migrations/', import.meta.url));

/** The advisory lock under which migrations run: replicas that start together take turns. */
const MIGRATION_LOCK = 4_716_201;

interface Migration {
  name: string;
  sql: string;
  checksum: string;
}

/**
 * Brings the schema up to date: each SQL file of `migrations/` once, in the order of names, in a transaction
 * of its own. Refuses a database whose applied migrations differ from the files, or that is newer than them.
 * @returns the names that were applied now
 */
export async function runMigrations(client: Client): Promise<string[]> {
  await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
  try {
    await client.query(`CREATE TABLE IF NOT EXISTS carillon_migrations (
      name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`);
    const pending = pendingMigrations(await readMigrations(), await readApplied(client));
    for (const migration of pending) await apply(client, migration);
    return pending.map((migration) => migration.name);
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
  }
}

async function readMigrations(): Promise<Migration[]> {
  const names = (await readdir(MIGRATIONS_FOLDER)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(MIGRATIONS_FOLDER + name, 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

async function readApplied(client: Client): Promise<Map<string, string>> {
  const { rows } = await client.query<{ name: string; checksum: string }>(
    'SELECT name, checksum FROM carillon_migrations',
  );
  return new Map(rows.map((row) => [row.name, row.checksum]));
}

function pendingMigrations(known: Migration[], applied: Map<string, string>): Migration[] {
  const names = new Set(known.map((migration) => migration.name));
  const foreign = [...applied.keys()].filter((name) => !names.has(name));
  if (foreign.length > 0) {
    throw new Error(
      `The database has migrations that this version does not know: ${foreign.join(', ')}. Start the newer version.`,
    );
  }
  const altered = known.filter((m) => applied.has(m.name) && applied.get(m.name) !== m.checksum);
  if (altered.length > 0) {
    throw new Error(
      `Applied migrations were altered: ${altered.map((m) => m.name).join(', ')}. Restore the files; add a new migration instead.`,
    );
  }
  return known.filter((migration) => !applied.has(migration.name));
}

async function apply(client: Client, migration: Migration): Promise<void> {
  try {
    await client.query('BEGIN');
    await client.query(migration.sql);
    await client.query('INSERT INTO carillon_migrations (name, checksum) VALUES ($1, $2)', [
      migration.name,
      migration.checksum,
    ]);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw new Error(`Migration ${migration.name} failed: ${String(error)}`, { cause: error });
  }
}
