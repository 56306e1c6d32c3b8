import type pg from 'pg';
import { CLOCKS_WITHIN, COUNT_JOBS, COUNT_LIVE } from '../src/platform/database/sql/dashboard.sql.js';
import {
  JOB_HOURS,
  PAGE_OF_STRETCHES,
  PAGE_OF_UNSUCCESSFUL,
} from '../src/platform/database/sql/history.sql.js';
import { ENDED_RECENTLY, TIMELINE } from '../src/platform/database/sql/rollups.sql.js';
import { FAILING_JOBS } from '../src/platform/database/sql/failing-jobs.sql.js';
import { BUSY_JOB } from './monitoring-history.js';

/** Prints how PostgreSQL carries out each statement of monitoring. @param instant one in the middle of the history */
export async function printPlans(sql: pg.Client, instant: Date): Promise<void> {
  const low = instant.getTime() - (instant.getTime() % 3_600_000);
  const hour = [
    [`${uuidPrefix(low)}-0000-0000-000000000000`],
    [`${uuidPrefix(low + 3_599_999)}-ffff-ffff-ffffffffffff`],
  ];
  const statements = [
    { statement: COUNT_JOBS, values: [null] },
    { statement: ENDED_RECENTLY, values: [24, null] },
    { statement: COUNT_LIVE, values: [null] },
    { statement: CLOCKS_WITHIN, values: [3_600, null, 20_000] },
    { statement: TIMELINE, values: [new Date(Date.now() - 86_400_000), 3_600, 24, null] },
    { statement: FAILING_JOBS, values: [3, null, 1_000] },
    { statement: JOB_HOURS, values: [BUSY_JOB, false] },
    { statement: PAGE_OF_STRETCHES, values: [BUSY_JOB, ...hour, null, null, null, 100, 50] },
    { statement: PAGE_OF_UNSUCCESSFUL, values: [BUSY_JOB, ...hour, ['failed'], null, null, true, 0, 50] },
  ];
  for (const { statement, values } of statements) {
    const { rows } = await sql.query<{ 'QUERY PLAN': string }>(
      `EXPLAIN (ANALYZE, COSTS OFF, BUFFERS OFF) ${statement.text}`,
      values,
    );
    console.log(`\nplan of ${statement.name}\n${rows.map((row) => `  ${row['QUERY PLAN']}`).join('\n')}`);
  }
}

function uuidPrefix(ms: number): string {
  const hex = ms.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
}
