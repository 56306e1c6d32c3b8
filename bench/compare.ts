import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startBenchDatabase } from './harness.js';

/** The peers in the same run, on the same kind of database. Needs `npm ci --prefix bench/peers`; BullMQ also redis-server. */
const peers = join(import.meta.dirname, 'peers');
const REDIS_PORT = 26_379;

if (!existsSync(join(peers, 'node_modules'))) {
  console.log('peers: not installed; npm ci --prefix bench/peers');
  process.exit(0);
}
const database = await startBenchDatabase();
const redis = spawn(
  'redis-server',
  ['--port', String(REDIS_PORT), '--appendonly', 'yes', '--dir', '/tmp', '--bind', '127.0.0.1'],
  { stdio: 'ignore' },
);
const hasRedis = await new Promise<boolean>((resolve) => {
  redis.once('error', () => resolve(false));
  redis.once('spawn', () => setTimeout(() => resolve(true), 500));
});
try {
  const args = [join(peers, 'peers.mjs'), database.url, ...(hasRedis ? [String(REDIS_PORT)] : [])];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: peers, timeout: 180_000 });
  for (const line of stdout
    .trim()
    .split('\n')
    .filter((text) => text.startsWith('{'))) {
    const { peer, enqueue, execute } = JSON.parse(line) as { peer: string; enqueue: number; execute: number };
    console.log(`${peer}: bulk enqueue ${enqueue}/s, execute no-op ${execute}/s`);
  }
  if (!hasRedis) console.log('BullMQ: not measured, there is no redis-server on this machine');
} finally {
  redis.kill();
  await database.stop();
}
