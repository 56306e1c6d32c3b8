import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startBenchDatabase } from './harness.js';

/** How often Redis writes its append-only file to the disk. */
type Sync = 'everysec' | 'always';

interface Entrant {
  /** The module of the contestant. */
  path: string;
  /** Of its Redis, if it needs one. */
  sync?: Sync;
}

/**
 * Carillon and its peers on the same work, in alternating rounds of one run; the best round of each counts. The peers
 * need `npm ci --prefix bench/peers`, BullMQ also redis-server: as it is mostly run, which loses what it acknowledged in the last
 * second before a crash, and with every command synced, as Carillon and the other peers commit.
 */
const ROUNDS = 2;
const REDIS_PORT = 26_379;
const peers = join(import.meta.dirname, 'peers');
const entrants = new Map<string, Entrant>([
  ['Carillon', { path: join(import.meta.dirname, 'contestants', 'carillon.ts') }],
]);
if (existsSync(join(peers, 'node_modules'))) {
  for (const name of ['graphile-worker', 'pg-boss']) entrants.set(name, { path: join(peers, `${name}.mjs`) });
  entrants.set('BullMQ', { path: join(peers, 'bullmq.mjs'), sync: 'everysec' });
  entrants.set('BullMQ, synced', { path: join(peers, 'bullmq.mjs'), sync: 'always' });
} else console.log('The peers are not installed: npm ci --prefix bench/peers');

interface Redis {
  stop(): Promise<void>;
}

type Figures = Record<string, number>;
/** Milliseconds: less is better. */
const isLatency = (figure: string) => /p?\d\d$/.test(figure);

const best = new Map<string, Figures>();
for (let round = 1; round <= ROUNDS; round++) {
  for (const [name, entrant] of entrants) {
    const figures = await measure(entrant);
    if (!figures) continue;
    console.log(`round ${round}, ${name}: ${shown(figures)}`);
    const before = best.get(name);
    best.set(name, before ? better(before, figures) : figures);
  }
}
console.log('\nbest of the rounds');
for (const [name, figures] of best) console.log(`${name}: ${shown(figures)}`);

async function measure({ path, sync }: Entrant): Promise<Figures | null> {
  const database = await startBenchDatabase();
  const redis = sync ? await startRedis(sync) : null;
  try {
    if (sync && !redis) return null;
    const args = [...process.execArgv, join(import.meta.dirname, 'contest.ts'), path, database.url];
    if (redis) args.push(String(REDIS_PORT));
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 240_000 });
    const line = stdout.split('\n').find((text) => text.startsWith('{'));
    return JSON.parse(line ?? '{}') as Figures;
  } finally {
    await redis?.stop();
    await database.stop();
  }
}

/** @returns null where this machine has none */
async function startRedis(sync: Sync): Promise<Redis | null> {
  const dir = await mkdtemp(join(tmpdir(), 'carillon-bench-redis-'));
  const files = ['--dir', dir, '--appendonly', 'yes', '--appendfsync', sync];
  const args = ['--port', String(REDIS_PORT), '--bind', '127.0.0.1', ...files];
  const server = spawn('redis-server', args, { stdio: 'ignore' });
  const started = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.once('spawn', () => setTimeout(() => resolve(true), 500));
  });
  if (!started) return null;
  return {
    stop: async () => {
      const exited = once(server, 'exit');
      server.kill();
      await exited;
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function better(one: Figures, other: Figures): Figures {
  return Object.fromEntries(
    Object.entries(one).map(([figure, value]) => {
      const rival = other[figure] ?? value;
      return [figure, isLatency(figure) ? Math.min(value, rival) : Math.max(value, rival)];
    }),
  );
}

function shown(figures: Figures): string {
  return Object.entries(figures)
    .map(
      ([figure, value]) =>
        `${figure} ${isLatency(figure) ? `${value.toFixed(1)} ms` : `${Math.round(value)}/s`}`,
    )
    .join(', ');
}
