import { startService, type TestService } from '../test/support/service.js';
import { Rollups } from '../src/modules/monitoring/rollups.js';
import { percentile, startBenchDatabase } from './harness.js';
import { BUSY_JOB, DAYS, fillHistory } from './monitoring-history.js';
import { printPlans } from './monitoring-plans.js';

/** A smaller number may be given for a try: `… bench/monitoring.ts 100000`. */
const EXECUTIONS = Number(process.argv[2] ?? 10_000_000);
const CALLS = 40;
const SCHEDULER = '/api/v1/scheduler';

/** Monitoring and the dashboard over HTTP, with ten million executions on record: each answer is due within 50 ms. */
const database = await startBenchDatabase({
  // Filling is not what is measured; reading is the same with or without a durable log.
  fsync: false,
  full_page_writes: false,
  synchronous_commit: false,
  max_wal_size: '2GB',
});
try {
  let start = performance.now();
  await fillHistory(database.sql, EXECUTIONS);
  console.log(`${EXECUTIONS} executions recorded in ${seconds(start)} s`);
  const service = await startService({ databaseUrl: database.url, env: { ROLE: 'api' } });
  start = performance.now();
  await service.app.get(Rollups, { strict: false }).fold();
  console.log(`  folded in ${seconds(start)} s`);
  await database.sql.query('VACUUM ANALYZE');
  const busy = `${SCHEDULER}/jobs/${BUSY_JOB}/executions`;
  const deep = Math.floor(EXECUTIONS / 20 / 50);
  const past = new Date(Date.now() - (DAYS / 2) * 86_400_000);
  const dated = `fromDate=${past.toISOString()}&toDate=${new Date(past.getTime() + 86_400_000).toISOString()}`;
  const requests: [what: string, path: string][] = [
    ['dashboard stats', `${SCHEDULER}/dashboard/stats`],
    ['timeline of 24 hours', `${SCHEDULER}/executions/timeline?hours=24`],
    ['timeline of 90 days', `${SCHEDULER}/executions/timeline?hours=2160`],
    ['failed jobs', `${SCHEDULER}/jobs/failed?threshold=3`],
    ['history, first page', `${busy}?pageSize=50`],
    ['history, a page in the middle', `${busy}?pageSize=50&pageNumber=${deep}`],
    ['history, failed only', `${busy}?status=Failed&pageSize=50`],
    ['history, failed only, page 100', `${busy}?status=Failed&pageSize=50&pageNumber=100`],
    ['history, one day', `${busy}?${dated}&pageSize=50`],
    ['history, failed on one day', `${busy}?status=Failed&${dated}&pageSize=50`],
    ['history, pending', `${busy}?status=Pending&pageSize=50`],
    ['dashboard, overview', '/dashboard'],
    ['dashboard, jobs', '/dashboard/jobs'],
    ['dashboard, all executions', '/dashboard/executions'],
    ['dashboard, failed', '/dashboard/executions?status=failed'],
    ['dashboard, pending', '/dashboard/executions?status=pending'],
    ['dashboard, succeeded', '/dashboard/executions?status=succeeded'],
    ['dashboard, of jobs by name', '/dashboard/executions?q=job+17'],
    ['dashboard, succeeded of jobs by name', '/dashboard/executions?q=job+17&status=succeeded'],
    [
      'dashboard, failed in the past',
      `/dashboard/executions?status=failed&until=${past.toISOString().slice(0, 16)}`,
    ],
  ];
  const headers = { cookie: await signIn(service) };
  for (const [what, path] of requests) {
    const times: number[] = [];
    let size = 0;
    for (let n = 0; n < CALLS; n++) {
      const from = performance.now();
      const { status, body } = await service.call('GET', path, undefined, { headers });
      times.push(performance.now() - from);
      if (status !== 200) throw new Error(`${what}: ${status} ${JSON.stringify(body)}`);
      size = body.items?.length ?? (typeof body === 'string' ? 1 : body.length) ?? 1;
    }
    const [first = Number.NaN] = times;
    const figures = [first, Math.min(...times), percentile(times, 0.5), percentile(times, 0.95)];
    const [cold, least, half, most] = figures.map((ms) => ms.toFixed(1));
    console.log(`${what} (${size}): first ${cold}, least ${least}, p50 ${half}, p95 ${most} ms`);
  }
  await printPlans(database.sql, past);
  await service.stop();
} finally {
  await database.stop();
}

/** The cookie of a session of the dashboard. */
async function signIn({ url, token }: TestService): Promise<string> {
  const form = new URLSearchParams({ token: token() });
  const init = { method: 'POST', body: form, headers: { origin: url }, redirect: 'manual' } as const;
  const { headers } = await fetch(`${url}/dashboard/login`, init);
  return headers.get('set-cookie')?.split(';', 1)[0] ?? '';
}

function seconds(start: number): string {
  return ((performance.now() - start) / 1_000).toFixed(1);
}
