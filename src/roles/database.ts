import pg from 'pg';
import { parse as parseConnectionString } from 'pg-connection-string';
import type { Settings } from '../config/settings.js';
import { startEmbeddedPostgres } from '../platform/database/embedded/embedded-postgres.js';
import type { EmbeddedLog } from '../platform/database/embedded/embedded-log.js';
import { runMigrations } from '../platform/database/migrations.js';

/** The database of this process, ready for use. */
export interface OpenDatabase {
  url: string;
  /** Where the data are, for people. */
  description: string;
  /** Stops it, if it is the embedded one. */
  close(): Promise<void>;
}

/** Opens the configured database, or starts the embedded one, and brings its schema up to date. */
export async function openDatabase(settings: Settings, log: EmbeddedLog): Promise<OpenDatabase> {
  const database =
    settings.databaseUrl === null ? await openEmbedded(settings, log) : openExternal(settings.databaseUrl);
  try {
    await migrate(database.url, log);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function openEmbedded(settings: Settings, log: EmbeddedLog): Promise<OpenDatabase> {
  const embedded = await startEmbeddedPostgres({ dataDir: settings.dataDir, log });
  return {
    url: embedded.url,
    description: `embedded PostgreSQL in ${settings.dataDir}/postgres`,
    close: () => embedded.stop(),
  };
}

function openExternal(url: string): OpenDatabase {
  const { host, database } = parseConnectionString(url);
  return {
    url,
    description: `PostgreSQL ${database ?? ''} on ${host ?? 'localhost'}`,
    close: () => Promise.resolve(),
  };
}

async function migrate(url: string, log: EmbeddedLog): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'carillon-migrations' });
  await client.connect();
  try {
    const applied = await runMigrations(client);
    if (applied.length > 0) log.info(`Applied migrations: ${applied.join(', ')}`);
  } finally {
    await client.end();
  }
}
