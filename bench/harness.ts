import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { Outcome } from '../src/domain/execution/outcome.js';
import type { ExecutionContext, Executor } from '../src/executors/executor.js';
import { startEmbeddedPostgres } from '../src/platform/database/embedded/embedded-postgres.js';
import type { PostgresSettings } from '../src/platform/database/embedded/settings.js';
import { runMigrations } from '../src/platform/database/migrations.js';

const quiet = { debug: () => undefined, info: () => undefined, warn: console.warn, error: console.error };

/** A durable embedded PostgreSQL on a fresh directory, with the schema. */
export interface BenchDatabase {
  url: string;
  sql: pg.Client;
  stop(): Promise<void>;
}

/** @param settings of PostgreSQL, beside or instead of the product's */
export async function startBenchDatabase(settings: PostgresSettings = {}): Promise<BenchDatabase> {
  const dataDir = await mkdtemp(join(tmpdir(), 'carillon-bench-'));
  const embedded = await startEmbeddedPostgres({ dataDir, log: quiet, settings });
  const sql = new pg.Client({ connectionString: embedded.url });
  await sql.connect();
  await runMigrations(sql);
  return {
    url: embedded.url,
    sql,
    stop: async () => {
      await sql.end();
      await embedded.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Registered by the benchmarks alone: does nothing. */
export class NoopExecutor implements Executor {
  readonly type = 'http-call';
  readonly configuration = Object;

  /** @param onStart told of each start */
  constructor(private readonly onStart?: (executionId: string) => void) {}

  execute(_configuration: object, context: ExecutionContext): Promise<Outcome> {
    this.onStart?.(context.executionId);
    return Promise.resolve({ kind: 'succeeded', output: null });
  }
}

/** Waits until a query answers `expected`. */
export async function until(
  sql: pg.Client,
  query: string,
  expected: number,
  timeoutMs = 120_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const { rows } = await sql.query<{ n: string }>(query);
    if (Number(rows[0]?.n) >= expected) return;
    if (Date.now() > deadline)
      throw new Error(`Not reached: ${query} is ${rows[0]?.n} instead of ${expected}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The value below which a share of the sorted values lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? Number.NaN;
}
