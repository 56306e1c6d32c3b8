import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startBenchDatabase } from './harness.js';

/**
 * Carillon and its peers on the same work, in alternating rounds of one run; the best round of each counts. The peers
 * need `npm ci --prefix bench/peers`, BullMQ also redis-server.
 */
const ROUNDS = 2;
const REDIS_PORT = 26_379;
const peers = join(import.meta.dirname, 'peers');
const contestants = new Map([['Carillon', join(import.meta.dirname, 'contestants', 'carillon.ts')]]);
if (existsSync(join(peers, 'node_modules'))) {
  for (const name of ['graphile-worker', 'pg-boss', 'bullmq'])
    contestants.set(name, join(peers, `${name}.mjs`));
} else console.log('The peers are not installed: npm ci --prefix bench/peers');

type Figures = Record<string, number>;
/** Milliseconds: less is better. */
const isLatency = (figure: string) => /p?\d\d$/.test(figure);

const best = new Map<string, Figures>();
for (let round = 1; round <= ROUNDS; round++) {
  for (const [name, path] of contestants) {
    const figures = await measure(name, path);
    if (!figures) continue;
    console.log(`round ${round}, ${name}: ${shown(figures)}`);
    const before = best.get(name);
    best.set(name, before ? better(before, figures) : figures);
  }
}
console.log('\nbest of the rounds');
for (const [name, figures] of best) console.log(`${name}: ${shown(figures)}`);

async function measure(name: string, path: string): Promise<Figures | null> {
  const database = await startBenchDatabase();
  const redis = name === 'bullmq' ? await startRedis() : null;
  try {
    if (name === 'bullmq' && !redis) return null;
    const args = [...process.execArgv, join(import.meta.dirname, 'contest.ts'), path, database.url];
    if (redis) args.push(String(REDIS_PORT));
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 240_000 });
    const line = stdout.split('\n').find((text) => text.startsWith('{'));
    return JSON.parse(line ?? '{}') as Figures;
  } finally {
    redis?.kill();
    await database.stop();
  }
}

/** @returns null where this machine has none */
async function startRedis(): Promise<ReturnType<typeof spawn> | null> {
  const args = ['--port', String(REDIS_PORT), '--appendonly', 'yes', '--dir', '/tmp', '--bind', '127.0.0.1'];
  const redis = spawn('redis-server', args, { stdio: 'ignore' });
  const started = await new Promise<boolean>((resolve) => {
    redis.once('error', () => resolve(false));
    redis.once('spawn', () => setTimeout(() => resolve(true), 500));
  });
  return started ? redis : null;
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
