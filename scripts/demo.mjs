/**
 * `npm run demo`: Carillon at work. Starts the service on the embedded PostgreSQL, hosts a sample endpoint,
 * creates sample jobs through the public API, and prints each execution as it happens. Ctrl-C ends everything.
 */
import { buildIfNeeded } from './build-if-needed.mjs';
import { DemoClient } from './demo/client.mjs';
import { startSampleEndpoint } from './demo/endpoint.mjs';
import { sampleJobs } from './demo/jobs.mjs';
import { DEMO_DATA, startCarillon } from './demo/process.mjs';
import { startWarehouse } from './demo/warehouse.mjs';
import { watchExecutions } from './demo/watch.mjs';

await buildIfNeeded();
const endpoint = await startSampleEndpoint();
const warehouse = await startWarehouse(DEMO_DATA);
const carillon = await startCarillon(warehouse?.url ?? null);
let stopping = false;
const stop = async (code) => {
  if (stopping) return;
  stopping = true;
  process.stdout.write('\nStopping …\n');
  await carillon.stop();
  await warehouse?.stop();
  endpoint.close();
  process.exit(code);
};
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => void stop(0));
carillon.exited.then((code) => {
  if (!stopping) process.stderr.write(`Carillon ended by itself (${code}).\n${carillon.errors()}\n`);
  void stop(1);
});

const token = await carillon.token();
const client = new DemoClient(carillon.url, token);
await client.removeOldDemoJobs();
const jobs = [];
for (const definition of sampleJobs(endpoint.url, warehouse !== null))
  jobs.push(await client.createJob(definition));

process.stdout.write(`
Carillon is running. ${jobs.length} jobs were created over its REST API:
${jobs.map((job) => `  ${job.name.padEnd(20)} ${describe(job).padEnd(34)} next ${job.nextRunAt}`).join('\n')}

  Dashboard    ${carillon.url}/dashboard   (sign in with the token)
  Swagger UI   ${carillon.url}/docs   (paste the token under "Authorize")
  Token        ${token}

  curl -H "Authorization: Bearer $TOKEN" ${carillon.url}/api/v1/scheduler/jobs

Executions as they happen (Ctrl-C ends everything):
`);
await watchExecutions(client, jobs, () => stopping);

function describe(job) {
  if (job.scheduleType === 'Cron') return `cron ${job.scheduleExpression} (${job.timezone})`;
  if (job.scheduleType === 'Interval') return `every ${job.intervalSeconds} s`;
  return 'once';
}
