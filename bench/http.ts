import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HttpCallExecutor } from '../src/executors/http-call/http-call.executor.js';
import { OutboundClient } from '../src/platform/outbound/outbound-client.js';
import { createEngine } from '../test/support/engine.js';
import { insertJob } from '../test/support/rows.js';
import { startBenchDatabase, until } from './harness.js';

const COUNT = 20_000;

/** HTTP deliveries through queue, worker and the guarded client, 64 at once, to a server in another process. */
if (process.send) await serve();
else await measure();

async function serve(): Promise<void> {
  const server = createServer((request, response) =>
    request.resume().on('end', () => response.end('{"ok":true}')),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  process.send?.((server.address() as AddressInfo).port);
}

async function measure(): Promise<void> {
  const server = fork(import.meta.filename, { execArgv: process.execArgv });
  const [port] = (await once(server, 'message')) as [number];
  const database = await startBenchDatabase();
  const outbound = new OutboundClient({ allow: ['127.0.0.0/8'] });
  try {
    const jobId = await insertJob(database.sql, {
      configuration: { url: `http://127.0.0.1:${port}/`, method: 'POST', body: {} },
    });
    const engine = await createEngine(database.url, new HttpCallExecutor(outbound));
    const requests = Array.from({ length: 2_000 }, () => ({
      jobId,
      trigger: 'manual' as const,
      by: 'bench',
    }));
    for (let sent = 0; sent < COUNT; sent += requests.length) await engine.enqueuer.enqueueMany(requests);
    const start = performance.now();
    engine.startWorker();
    await until(database.sql, `SELECT count(*) AS n FROM executions WHERE state = 'succeeded'`, COUNT);
    console.log(`HTTP deliveries, 64 at once: ${Math.round(COUNT / ((performance.now() - start) / 1000))}/s`);
    await engine.stop();
  } finally {
    await outbound.close();
    await database.stop();
    server.kill();
  }
}
