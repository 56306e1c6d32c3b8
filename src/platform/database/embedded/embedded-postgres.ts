import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { findBinariesPackage, prepareBinaries } from './binaries.js';
import { ensureCluster } from './cluster-creation.js';
import { prepareLayout, type DataLayout } from './data-layout.js';
import type { EmbeddedLog } from './embedded-log.js';
import { EmbeddedPostgresError } from './errors.js';
import { takeOwnership } from './ownership.js';
import { PostgresServer, type ServerLaunch } from './postgres-server.js';
import { DURABLE, NOT_DURABLE, type PostgresSettings } from './settings.js';
import { Supervisor } from './supervisor.js';

export { isEmbeddedPostgresAvailable } from './binaries.js';

export interface EmbeddedPostgresOptions {
  /** The data are kept in `<dataDir>/postgres`. Made when missing. */
  readonly dataDir: string;
  readonly log: EmbeddedLog;
  /** Added to the settings that Carillon chooses, or instead of them. */
  readonly settings?: PostgresSettings;
  /** Default true. False is for tests alone: faster, and a crash of the machine may destroy the data. */
  readonly durable?: boolean;
}

export interface EmbeddedPostgres {
  /** Of the database `carillon`; stays the same over restarts. */
  readonly url: string;
  /** Stops the server and frees the directory. Close the connections before. Safe to call again. */
  stop(): Promise<void>;
  /** Settles when the server is gone for good: null after `stop`, else why it cannot be started again. */
  readonly exited: Promise<Error | null>;
}

/** How long to try again while processes of a crashed server are still ending. */
const PREDECESSOR_MS = 30_000;

/**
 * Starts the PostgreSQL that npm installed with Carillon, and waits until it serves. It listens on a Unix socket
 * alone. When it dies by itself it is started again; when this process dies, by whatever cause, it stops.
 * @throws EmbeddedPostgresError whose message tells the operator what to do
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { log, durable = true } = options;
  const found = findBinariesPackage();
  if (!found) {
    throw new EmbeddedPostgresError(
      `No embedded PostgreSQL for ${process.platform}-${process.arch}: set DATABASE_URL to a PostgreSQL 14 or newer.`,
    );
  }
  const layout = await prepareLayout(resolve(options.dataDir), log);
  const ownership = await takeOwnership(join(layout.socketFolder, 'owner'), resolve(options.dataDir));
  try {
    const binaries = await prepareBinaries(found, layout.user, layout.binariesFolder);
    await ensureCluster(layout, { binaries, version: found.version, durable, log });
    const settings = { ...(durable ? DURABLE : NOT_DURABLE), ...options.settings };
    const launch = { layout, binaries, settings, log };
    const server = await launchPatiently(launch);
    try {
      await ensureDatabase(layout);
    } catch (error) {
      await server.stop();
      throw error;
    }
    const supervisor = new Supervisor(launch, server, () => ownership.release());
    return { url: urlOf(layout, 'carillon'), stop: () => supervisor.stop(), exited: supervisor.exited };
  } catch (error) {
    await ownership.release();
    throw error;
  }
}

async function launchPatiently(launch: ServerLaunch): Promise<PostgresServer> {
  for (const deadline = Date.now() + PREDECESSOR_MS; ; await delay(100)) {
    const server = await PostgresServer.launch(launch);
    try {
      await server.ready();
      return server;
    } catch (error) {
      if (!server.foundPredecessor || Date.now() >= deadline) throw error;
    }
  }
}

function urlOf(layout: DataLayout, database: string): string {
  return `postgres://postgres@/${database}?host=${encodeURIComponent(layout.socketFolder)}`;
}

async function ensureDatabase(layout: DataLayout): Promise<void> {
  const client = new pg.Client({ connectionString: urlOf(layout, 'postgres') });
  await client.connect();
  try {
    const { rowCount } = await client.query("SELECT FROM pg_database WHERE datname = 'carillon'");
    if (rowCount === 0) await client.query('CREATE DATABASE carillon');
  } finally {
    await client.end();
  }
}
