import { setTimeout as pause } from 'node:timers/promises';
import { open } from './contestants/carillon.js';
import { startBenchDatabase } from './harness.js';
import { fillHistory } from './monitoring-history.js';

/** A smaller number may be given for a try: `… bench/history.ts 100000`. */
const HISTORY = Number(process.argv[2] ?? 10_000_000);
const COUNT = 20_000;
const ROUNDS = 4;

/** What a long history costs: no-op executions a second on an empty record, and beside ten million old ones. */
const database = await startBenchDatabase();
try {
  const empty = await best();
  await fillHistory(database.sql, HISTORY);
  await database.sql.query('DELETE FROM execution_deltas');
  await database.sql.query('VACUUM ANALYZE');
  await database.sql.query('CHECKPOINT');
  const full = await best();
  for (const what of ['enqueue', 'execute'] as const)
    console.log(
      `${what}: ${Math.round(empty[what])}/s on an empty record, ${Math.round(full[what])}/s beside ${HISTORY} ` +
        `old executions: ${(full[what] / empty[what]).toFixed(2)} ×`,
    );
} finally {
  await database.stop();
}

/** The best of some rounds, each on a fresh engine. */
async function best(): Promise<Record<'enqueue' | 'execute', number>> {
  const rates = { enqueue: 0, execute: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    const carillon = await open({ databaseUrl: database.url, redisPort: null });
    let started = 0;
    let from = performance.now();
    await carillon.enqueueMany(COUNT);
    rates.enqueue = Math.max(rates.enqueue, perSecond(from));
    from = performance.now();
    await carillon.work({ endpoint: null, onStart: () => started++, deliver: () => Promise.resolve() });
    while (started < COUNT || (await carillon.unfinished()) > 0) await pause(2);
    rates.execute = Math.max(rates.execute, perSecond(from));
    await carillon.stop();
  }
  return rates;
}

function perSecond(from: number): number {
  return (COUNT / (performance.now() - from)) * 1000;
}
