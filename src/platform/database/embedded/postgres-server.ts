import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { DataLayout } from './data-layout.js';
import type { EmbeddedLog } from './embedded-log.js';
import { EmbeddedPostgresError } from './errors.js';
import { findRunningServer, removeMisleadingLocks, signal, stopOrphan } from './postmaster-pid.js';
import { ServerLog } from './server-log.js';
import { settingArguments, type PostgresSettings } from './settings.js';
import { spawnWatched, type WatchedProcess } from './watchdog.js';

export interface ServerLaunch {
  readonly layout: DataLayout;
  /** The folder of the binaries. */
  readonly binaries: string;
  readonly settings: PostgresSettings;
  readonly log: EmbeddedLog;
}

/** A fast shutdown that takes longer becomes an immediate one; no committed row is lost by that. */
const FAST_SHUTDOWN_MS = 20_000;
const STILL_STARTING_MS = 10_000;

/** One run of the PostgreSQL server, from its launch to its end. */
export class PostgresServer {
  /** Settles when the server has ended, with a few words on how. */
  readonly ended: Promise<string>;
  private alive = true;

  private constructor(
    private readonly child: WatchedProcess,
    private readonly output: ServerLog,
    private readonly launch: ServerLaunch,
  ) {
    this.ended = new Promise((resolve) => {
      const end = (how: string) => {
        this.alive = false;
        child.stdin.destroy(); // If only the watchdog has died: this ends the server.
        resolve(how);
      };
      child.once('error', (error) => end(error.message));
      child.once('exit', (code, name) => end(name ?? `exit code ${code}`));
    });
  }

  /** Starts the server, which is not ready at once; see `ready`. A server left over from a crash is stopped first. */
  static async launch(launch: ServerLaunch): Promise<PostgresServer> {
    const { layout, binaries, settings, log } = launch;
    await stopOrphan(layout.cluster, log);
    await removeMisleadingLocks(layout.cluster, layout.socketFolder);
    const command = [
      join(binaries, 'bin', 'postgres'),
      ...['-D', layout.cluster],
      ...settingArguments({ ...settings, unix_socket_directories: layout.socketFolder }),
    ];
    const child = spawnWatched(command, { user: layout.user, endSignal: 'INT', cwd: layout.cluster });
    child.stdout.resume();
    return new PostgresServer(child, new ServerLog(log, child.stderr), launch);
  }

  /**
   * Waits until the server answers. That may take long after a crash, while it replays its log.
   * @throws EmbeddedPostgresError with the server's last words when it ends before
   */
  async ready(): Promise<void> {
    let nextWord = Date.now() + STILL_STARTING_MS;
    while (this.alive) {
      if (await answers(this.launch.layout.socketFolder)) return;
      if (Date.now() >= nextWord) {
        nextWord = Date.now() + STILL_STARTING_MS;
        this.launch.log.info('PostgreSQL is still starting; after a crash it replays its log first');
      }
      await Promise.race([this.ended, delay(15)]);
    }
    throw new EmbeddedPostgresError(
      `PostgreSQL did not start on ${this.launch.layout.cluster} (${await this.ended}):\n${this.output.tail}`,
    );
  }

  /** Whether it ended because processes of the server before are still ending: a later launch will do. */
  get foundPredecessor(): boolean {
    return !this.alive && /pre-existing shared memory block/.test(this.output.tail);
  }

  /** Ends all connections and stops the server. Settles when it is gone. */
  async stop(): Promise<void> {
    this.child.stdin.end();
    const patience = new AbortController();
    const timeout = delay(FAST_SHUTDOWN_MS, 'timeout', { signal: patience.signal }).catch(() => 'ended');
    if ((await Promise.race([this.ended, timeout])) === 'timeout') {
      this.launch.log.warn('PostgreSQL takes long to stop: it is stopped at once');
      const pid = await findRunningServer(this.launch.layout.cluster);
      if (pid !== null) signal(pid, 'SIGQUIT');
      await this.ended;
    }
    patience.abort();
    await stopOrphan(this.launch.layout.cluster, this.launch.log);
  }
}

async function answers(socketFolder: string): Promise<boolean> {
  const client = new pg.Client({ host: socketFolder, port: 5432, user: 'postgres', database: 'postgres' });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}
