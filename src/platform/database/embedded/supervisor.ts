import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EmbeddedPostgresError } from './errors.js';
import { PostgresServer, type ServerLaunch } from './postgres-server.js';

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 5_000;
/** A server that ran so long starts the next row of failures from the first delay. */
const STEADY_MS = 60_000;

/** Starts the server again whenever it ends by itself, after a growing delay, until it is told to stop. */
export class Supervisor {
  /** Settles when the server is gone for good: null after `stop`, else why it cannot be started again. */
  readonly exited: Promise<Error | null>;
  private readonly stopping = new AbortController();

  /**
   * @param server runs and is ready
   * @param release runs once, after the last server has ended
   */
  constructor(
    private readonly launch: ServerLaunch,
    private server: PostgresServer,
    release: () => Promise<void>,
  ) {
    this.exited = this.supervise().finally(release);
  }

  /** Stops the server, or the attempts to start it, and settles when it is gone. Safe to call again. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.exited;
  }

  private async supervise(): Promise<Error | null> {
    for (let failures = 0; ; failures++) {
      const startedAt = Date.now();
      const how = await Promise.race([this.server.ended, this.stopAsked()]);
      if (how === null) return this.end();
      if (Date.now() - startedAt >= STEADY_MS) failures = 0;
      const pause = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** failures);
      this.launch.log.error(`PostgreSQL has ended by itself (${how}); starting it again in ${pause} ms`);
      if (!(await this.pause(pause))) return this.end();
      const hopeless = await this.whyHopeless();
      if (hopeless) return hopeless;
      await this.restart();
    }
  }

  private async end(): Promise<null> {
    await this.server.stop();
    return null;
  }

  /** One attempt. When it fails, the next round of `supervise` sees a server that has ended. */
  private async restart(): Promise<void> {
    try {
      this.server = await PostgresServer.launch(this.launch);
      await Promise.race([this.server.ready(), this.stopAsked()]);
      if (!this.stopping.signal.aborted) this.launch.log.info('PostgreSQL is back');
    } catch (error) {
      this.launch.log.error((error as Error).message);
    }
  }

  private async whyHopeless(): Promise<Error | null> {
    const { cluster } = this.launch.layout;
    try {
      await access(join(cluster, 'PG_VERSION'));
      return null;
    } catch {
      const error = new EmbeddedPostgresError(`${cluster} is gone: PostgreSQL cannot be started again.`);
      this.launch.log.error(error.message);
      return error;
    }
  }

  /** Settles with null when `stop` is called, at once if it was. */
  private stopAsked(): Promise<null> {
    const { signal } = this.stopping;
    return new Promise((resolve) => {
      if (signal.aborted) resolve(null);
      else signal.addEventListener('abort', () => resolve(null), { once: true });
    });
  }

  /** @returns false when `stop` was called meanwhile */
  private async pause(ms: number): Promise<boolean> {
    await delay(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    return !this.stopping.signal.aborted;
  }
}
