import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Agent, request } from 'undici';
import type { Contestant, Stores, Task } from './contestants/contestant.js';
import { percentile } from './harness.js';

const COUNT = 20_000;
const SINGLES = 5_000;
const CALLERS = 32;
const PICKUPS = 200;
const PICKUP_EVERY_MS = 50;

/**
 * One contestant in a process of its own: `contest.ts <module> <database URL> [<Redis port>]`. Prints its figures as one
 * line of JSON. Work counts as done when its end is on record, not when the handler has returned.
 */
if (process.argv[2] === 'endpoint') await serve();
else await contest();

async function contest(): Promise<void> {
  const [path = '', databaseUrl = '', redisPort] = process.argv.slice(2);
  const endpointProcess = fork(import.meta.filename, ['endpoint'], { execArgv: process.execArgv });
  try {
    const [port] = (await once(endpointProcess, 'message')) as [number];
    const { open } = (await import(path)) as { open(stores: Stores): Promise<Contestant> };
    const contestant = await open({ databaseUrl, redisPort: redisPort ? Number(redisPort) : null });
    const figures = await measured(contestant, `http://127.0.0.1:${port}/`);
    await contestant.stop();
    process.stdout.write(`${JSON.stringify(figures)}\n`);
  } finally {
    endpointProcess.kill();
  }
  process.exit();
}

async function measured(contestant: Contestant, endpoint: string): Promise<Record<string, number>> {
  let started = 0;
  let onPickup: (() => void) | null = null;
  const agent = new Agent();
  const task: Task = {
    endpoint: null,
    onStart: () => {
      started++;
      onPickup?.();
    },
    deliver: async (url) => {
      const { body } = await request(url, { method: 'POST', body: '{}', dispatcher: agent });
      await body.dump();
    },
  };
  let expected = 0;
  const done = async (count: number) => {
    expected += count;
    // Asking the store costs it something: only once all have started.
    while (started < expected) await pause(2);
    while ((await contestant.unfinished()) > 0) await pause(2);
  };
  const pickup = async (enqueue: () => Promise<void>) => {
    const latencies: number[] = [];
    for (let sample = 0; sample < PICKUPS; sample++) {
      const from = performance.now();
      const pickedUp = new Promise<void>((resolve) => (onPickup = resolve));
      await Promise.all([enqueue(), pickedUp.then(() => latencies.push(performance.now() - from))]);
      await pause(PICKUP_EVERY_MS);
    }
    onPickup = null;
    await done(PICKUPS);
    return [0.5, 0.95, 0.99].map((share) => percentile(latencies, share));
  };

  // Nobody is measured cold, neither in doing nothing nor in calling.
  for (const warmUp of [task, { ...task, endpoint }]) {
    await contestant.work(warmUp);
    await contestant.enqueueMany(COUNT);
    await done(COUNT);
    await contestant.rest();
  }

  const bulk = await rate(COUNT, () => contestant.enqueueMany(COUNT));
  const execute = await rate(COUNT, async () => {
    await contestant.work(task);
    await done(COUNT);
  });
  const both = await rate(COUNT, async () => {
    await contestant.enqueueMany(COUNT);
    await done(COUNT);
  });
  const [p50, p95, p99] = await pickup(() => contestant.enqueue());
  const apart = contestant.enqueueApart;
  const [apart50, apart95, apart99] = apart ? await pickup(() => apart()) : [p50, p95, p99];
  await contestant.rest();

  const single = await rate(SINGLES, () => singles(contestant));
  await contestant.work(task);
  await done(SINGLES);
  const singleBusy = await rate(SINGLES, () => singles(contestant));
  await done(SINGLES);
  await contestant.rest();

  await contestant.enqueueMany(COUNT);
  const http = await rate(COUNT, async () => {
    await contestant.work({ ...task, endpoint });
    await done(COUNT);
  });
  await contestant.rest();
  await agent.close();
  return Object.fromEntries(
    Object.entries({
      bulk,
      execute,
      both,
      single,
      singleBusy,
      http,
      p50,
      p95,
      p99,
      apart50,
      apart95,
      apart99,
    }).map(([name, value]) => [name, value ?? Number.NaN]),
  );
}

async function singles(contestant: Contestant): Promise<void> {
  let left = SINGLES;
  await Promise.all(
    Array.from({ length: CALLERS }, async () => {
      while (left-- > 0) await contestant.enqueue();
    }),
  );
}

async function rate(count: number, work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (count / (performance.now() - start)) * 1000;
}

async function serve(): Promise<void> {
  const server = createServer((incoming, response) =>
    incoming.resume().on('end', () => response.end('{"ok":true}')),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  process.send?.((server.address() as AddressInfo).port);
}
