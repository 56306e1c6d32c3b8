import 'reflect-metadata';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { readSettings } from '../src/config/read-settings.js';
import { ExecutorRegistry } from '../src/executors/registry.js';
import { issueToken } from '../src/modules/auth/issue-token.js';
import { Enqueuer } from '../src/modules/executions/enqueuer.js';
import { createApp } from '../src/roles/service.js';
import { insertJob } from '../test/support/rows.js';
import { NoopExecutor, percentile, startBenchDatabase } from './harness.js';

const SINGLES = 5_000;
const CALLERS = 32;
const BULKS = 20;
const BULK_SIZE = 500;
const ROUNDS = 3;
const SECRET = 'x'.repeat(32);

/** Calls for one figure: so many requests with one body, so many at once. */
interface Work {
  url: string;
  token: string;
  body: string;
  count: number;
  callers: number;
}

interface Figures {
  seconds: number;
  latencies: number[];
}

/** Triggers over HTTP, called from another process, beside the engine's own figure in the same run. Nothing is executed. */
if (process.send) serveWork();
else await measureAll();

async function measureAll(): Promise<void> {
  const database = await startBenchDatabase();
  const settings = readSettings(
    {
      DATABASE_URL: database.url,
      JWT_SECRET: SECRET,
      LOG_LEVEL: 'silent',
      DATA_DIR: '/tmp/carillon-bench',
      ROLE: 'api',
    },
    process.cwd(),
  );
  const app = await createApp(settings, database.url, new ExecutorRegistry([new NoopExecutor()]));
  const client = fork(import.meta.filename, { execArgv: process.execArgv });
  try {
    await app.listen(0, '127.0.0.1');
    const base = (await app.getUrl()).replace('[::1]', '127.0.0.1');
    const token = issueToken(
      { subject: 'bench', role: 'admin', projects: null, expiresInSeconds: 3_600 },
      SECRET,
      settings.jwt,
    );
    const jobId = await insertJob(database.sql, {});
    const enqueuer = app.get(Enqueuer, { strict: false });
    const one = { jobId, trigger: 'manual' as const, payload: { warehouse: 'Leeds' }, by: 'bench' };
    const items = Array.from({ length: BULK_SIZE }, () => ({ payload: one.payload }));
    const over = (path: string, body: object, count: number, callers: number) => () =>
      calls(client, { url: base + path, token, body: JSON.stringify(body), count, callers });

    const triggers: [string, number, () => Promise<Figures>][] = [
      ['engine, single', 1, () => timed(SINGLES, CALLERS, () => enqueuer.enqueue(one))],
      [
        'HTTP, POST /v1/jobs/{id}/trigger',
        1,
        over(`/v1/jobs/${jobId}/trigger`, { payload: one.payload }, SINGLES, CALLERS),
      ],
      [
        'HTTP, POST /api/v1/scheduler/jobs/{id}/trigger',
        1,
        over(`/api/v1/scheduler/jobs/${jobId}/trigger`, { payload: one.payload }, SINGLES, CALLERS),
      ],
      [
        `engine, ${BULK_SIZE} at once`,
        BULK_SIZE,
        () => timed(BULKS, 1, () => enqueuer.enqueueMany(Array.from({ length: BULK_SIZE }, () => one))),
      ],
      [
        `HTTP, trigger/bulk of ${BULK_SIZE}`,
        BULK_SIZE,
        over(`/v1/jobs/${jobId}/trigger/bulk`, { items }, BULKS, 1),
      ],
    ];
    const best = new Map<string, string>();
    const rates = new Map<string, number>();
    for (let round = 0; round < ROUNDS; round++) {
      for (const [what, size, work] of triggers) {
        const { seconds, latencies } = await work();
        const rate = (latencies.length * size) / seconds;
        if (rate < (rates.get(what) ?? 0)) continue;
        rates.set(what, rate);
        const [p50, p99] = [0.5, 0.99].map((share) => percentile(latencies, share).toFixed(1));
        best.set(what, `${Math.round(rate)}/s, p50 ${p50} p99 ${p99} ms`);
      }
    }
    for (const [what, figures] of best) console.log(`${what}: ${figures}`);
  } finally {
    client.kill();
    await app.close();
    await database.stop();
  }
}

async function timed(count: number, callers: number, call: () => Promise<unknown>): Promise<Figures> {
  const latencies: number[] = [];
  let left = count;
  const started = performance.now();
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (left-- > 0) {
        const from = performance.now();
        await call();
        latencies.push(performance.now() - from);
      }
    }),
  );
  return { seconds: (performance.now() - started) / 1000, latencies };
}

async function calls(client: ChildProcess, work: Work): Promise<Figures> {
  client.send(work);
  const [answer] = (await once(client, 'message')) as [Figures | { error: string }];
  if ('error' in answer) throw new Error(answer.error);
  return answer;
}

/** The other process: does the work that it is sent. */
function serveWork(): void {
  const agent = new Agent({ keepAlive: true, maxSockets: CALLERS });
  process.on('message', (work: Work) => {
    timed(work.count, work.callers, () => post(agent, work)).then(
      (figures) => process.send?.(figures),
      (error: Error) => process.send?.({ error: error.message }),
    );
  });
}

function post(agent: Agent, { url, token, body }: Work): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    };
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume().on('end', () => {
        if ((response.statusCode ?? 500) < 300) resolve();
        else reject(new Error(`${url} answered ${response.statusCode}`));
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
