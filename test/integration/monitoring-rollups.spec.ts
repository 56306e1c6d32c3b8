import { randomUUID } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { Canceller } from '../../src/modules/executions/canceller.js';
import type { ExecutionHistory } from '../../src/modules/executions/execution-history.js';
import { ExecutionPages } from '../../src/modules/executions/execution-pages.js';
import {
  ANY_ACTIVE,
  COUNT_STRETCHES,
  COUNT_UNSUCCESSFUL,
  PAGE_OF_STRETCHES,
  PAGE_OF_UNSUCCESSFUL,
} from '../../src/platform/database/sql/history.sql.js';
import {
  LIST_RUNNING_RUNS,
  LIST_RUNS,
  LIST_UNSUCCESSFUL_RUNS,
  LIST_UNSUCCESSFUL_RUNS_OF_JOB,
} from '../../src/platform/database/sql/runs.sql.js';
import { Rollups } from '../../src/modules/monitoring/rollups.js';
import { CRASH_ATTEMPTS } from '../../src/modules/executions/rescuer.js';
import { claimed, createQueue, FAILED, manual, type Queue, resultOf } from '../support/queue.js';
import { insertJob } from '../support/rows.js';

let queue: Queue;
let rollups: Rollups;
let pages: ExecutionPages;

beforeAll(async () => {
  queue = await createQueue();
  rollups = new Rollups(queue.database);
  pages = new ExecutionPages(queue.database);
});
afterAll(() => queue.drop());

const COUNTS = `count(*)::int AS created, count(*) FILTER (WHERE state = 'succeeded')::int AS succeeded,
  count(*) FILTER (WHERE state = 'failed')::int AS failed,
  count(*) FILTER (WHERE state IN ('cancelled', 'expired', 'skipped'))::int AS cancelled`;
const SUMS = `coalesce(sum(created), 0)::int AS created, coalesce(sum(succeeded), 0)::int AS succeeded,
  coalesce(sum(failed), 0)::int AS failed, coalesce(sum(cancelled), 0)::int AS cancelled`;

/** What the record holds, by the record itself. */
const truth = (jobId: string) => queue.rows(`SELECT ${COUNTS} FROM executions WHERE job_id = $1`, [jobId]);
/** What readers add up: folded or not. */
const counted = (jobId: string) =>
  queue.rows(
    `SELECT ${SUMS} FROM (SELECT created, succeeded, failed, cancelled FROM job_rollups WHERE job_id = $1
     UNION ALL SELECT created, succeeded, failed, cancelled FROM execution_deltas WHERE job_id = $1 AND hour IS NOT NULL) c`,
    [jobId],
  );
const unsuccessful = (jobId: string) =>
  queue.rows(
    `SELECT count(*) FILTER (WHERE failed)::int AS failed, count(*) FILTER (WHERE NOT failed)::int AS cancelled
     FROM unsuccessful_executions WHERE job_id = $1`,
    [jobId],
  );

describe('roll-ups', () => {
  it('equal the record while settling, rescuing, cancelling, removing and folding meet', async () => {
    const jobs = [await insertJob(queue.sql), await insertJob(queue.sql), await insertJob(queue.sql)];
    const history = {} as ExecutionHistory;
    const canceller = new Canceller(queue.database, history, queue.consequences);
    const enqueuer = queue.enqueuer();
    let folding = true;
    const folder = (async () => {
      while (folding) await rollups.fold();
    })();

    const settle = async (owner: string, round: number) => {
      await enqueuer.enqueueMany(Array.from({ length: 30 }, (_, i) => manual(jobs[i % 3] ?? '')));
      const claim = await claimed(queue, owner, 20).catch(() => null);
      if (!claim) return;
      const results = claim.executions.map((_, i) => resultOf(claim, i, (i + round) % 4 === 0 ? FAILED : {}));
      await queue.settlement.settle(owner, results);
    };
    const cancel = async () => {
      const rows = await queue.rows<{ id: string }>(
        `SELECT execution_id AS id FROM ready ORDER BY random() LIMIT 7`,
      );
      const ids = rows.map((row) => row.id);
      await queue.database.transaction((runner) =>
        canceller.cancelUnclaimed(runner, ids, 'Cancelled by a test.'),
      );
    };
    const lose = async () => {
      const claim = await claimed(queue, randomUUID(), 5).catch(() => null);
      if (!claim) return;
      const ids = claim.executions.map((execution) => execution.executionId);
      await queue.rows(`UPDATE executions SET attempt = $2 WHERE id = ANY ($1)`, [ids, CRASH_ATTEMPTS]);
      await queue.rows(
        `UPDATE claims SET lease_until = now() - interval '1 second', attempts = array_fill($2::int, ARRAY[cardinality(ids)]) WHERE claim_id = $1`,
        [claim.claimId, CRASH_ATTEMPTS],
      );
      await queue.rescuer.rescueBatch();
    };
    const remove = () =>
      queue.rows(
        `DELETE FROM executions WHERE id IN (SELECT id FROM executions WHERE finished_at IS NOT NULL ORDER BY random() LIMIT 3)`,
      );
    const owners = Array.from({ length: 4 }, () => randomUUID());
    for (let round = 0; round < 8; round++) {
      await Promise.all([...owners.map((owner) => settle(owner, round)), cancel(), lose()]);
      await remove();
    }
    folding = false;
    await folder;

    let failed = 0;
    let cancelled = 0;
    for (const jobId of jobs) {
      const [record] = await truth(jobId);
      expect(await counted(jobId)).toEqual([record]);
      const ends = record as { failed: number; cancelled: number };
      expect(await unsuccessful(jobId)).toEqual([{ failed: ends.failed, cancelled: ends.cancelled }]);
      failed += ends.failed;
      cancelled += ends.cancelled;
    }
    // Otherwise nothing has been shown about them.
    expect(failed).toBeGreaterThan(0);
    expect(cancelled).toBeGreaterThan(0);
    await rollups.fold();
    expect(await queue.value('SELECT count(*)::int FROM execution_deltas')).toBe(0);
  });

  it('forget a job whose executions are all gone, and keep what ended as history', async () => {
    const jobId = await insertJob(queue.sql);
    const id = uuidv7();
    const ended = () => queue.value<number>('SELECT sum(succeeded)::int FROM execution_rollups');
    const active = async () => {
      const [row] = await queue.database.rows<{ active: boolean }>(ANY_ACTIVE, [jobId]);
      return row?.active;
    };
    await rollups.fold();
    const before = await ended();
    expect(await active()).toBe(false);
    await queue.rows(
      `INSERT INTO executions (id, job_id, job_version, state, trigger, available_at, priority, max_attempts)
       VALUES ($1, $2, 1, 'queued', 'manual', now(), 0, 1)`,
      [id, jobId],
    );
    // What is still active is known before it is folded, and after.
    expect(await active()).toBe(true);
    await rollups.fold();
    expect(await active()).toBe(true);
    await queue.rows(
      `UPDATE executions SET state = 'succeeded', started_at = now(), finished_at = now() WHERE id = $1`,
      [id],
    );
    expect(await active()).toBe(false);
    await rollups.fold();
    expect(await counted(jobId)).toEqual([{ created: 1, succeeded: 1, failed: 0, cancelled: 0 }]);
    await queue.rows('DELETE FROM executions WHERE id = $1', [id]);
    await rollups.fold();
    expect(await queue.value('SELECT count(*)::int FROM job_rollups WHERE job_id = $1', [jobId])).toBe(0);
    expect(await ended()).toBe((before ?? 0) + 1);
  });
});

/** An id made at an instant, `n` apart. */
function idAt(instant: number, n: number): string {
  const hex = instant.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${n.toString(16).padStart(12, '0')}`;
}

describe('pages of a history', () => {
  const HOUR = 3_600_000;
  const START = Date.UTC(2026, 0, 1);
  const STATES = ['succeeded', 'succeeded', 'succeeded', 'failed', 'cancelled', 'queued', 'running'] as const;
  let jobId: string;

  beforeAll(async () => {
    jobId = await insertJob(queue.sql);
    const rows = Array.from({ length: 600 }, (_, n) => {
      const at = START + Math.floor(n / 20) * HOUR + (n % 20) * 60_000;
      // Live ones and late starts only here and there, so that all ways of counting are taken.
      const state = n % 97 === 5 ? 'queued' : n % 89 === 7 ? 'running' : (STATES[n % 5] ?? 'succeeded');
      const started =
        state === 'queued' || (state === 'cancelled' && n % 2 === 0)
          ? null
          : new Date(at + (n % 31 === 0 ? 5 * HOUR : 100));
      return { id: idAt(at, n), state, started };
    });
    await queue.rows(
      `INSERT INTO executions (id, job_id, job_version, state, trigger, available_at, priority, max_attempts)
       SELECT id, $2, 1, 'queued', 'manual', now(), 0, 1 FROM unnest($1::uuid[]) AS id`,
      [rows.map((row) => row.id), jobId],
    );
    await queue.rows(
      `UPDATE executions e SET state = r.state, started_at = r.started, failure_kind = CASE WHEN r.state = 'failed' THEN 'error' END,
         finished_at = CASE WHEN r.state IN ('succeeded', 'failed', 'cancelled') THEN coalesce(r.started, now()) END
       FROM unnest($1::uuid[], $2::text[], $3::timestamptz[]) AS r (id, state, started) WHERE e.id = r.id`,
      [rows.map((row) => row.id), rows.map((row) => row.state), rows.map((row) => row.started)],
    );
    await queue.rows(
      `INSERT INTO claims (claim_id, owner, lease_until, ids, attempts, remaining)
       SELECT $2, $2, now() + interval '1 hour', array_agg(id), array_agg(1), count(*) FROM executions WHERE job_id = $1 AND state = 'running'`,
      [jobId, randomUUID()],
    );
    await rollups.fold();
  });

  const at = (hours: number) => new Date(START + hours * HOUR + 90_000);
  const FILTERS = [
    {},
    { from: at(10) },
    { to: at(20) },
    { from: at(10), to: at(12) },
    { from: new Date(START - HOUR), to: new Date(START + 1_000 * HOUR) },
    { from: at(900) },
  ];
  const STATE_FILTERS = [
    undefined,
    ['succeeded'],
    ['failed'],
    ['cancelled', 'expired', 'skipped'],
    ['delayed', 'waiting', 'queued'],
    ['running'],
    ['succeeded', 'failed'],
  ] as const;

  it.each(STATE_FILTERS.map((states) => [states?.join(' or ') ?? 'every state', states] as const))(
    'are those that a plain query finds: %s',
    async (_, states) => {
      for (const filter of FILTERS) {
        const rows = await queue.rows<{ id: string }>(
          `SELECT id FROM executions WHERE job_id = $1 AND ($2::text[] IS NULL OR state = ANY ($2))
           AND ($3::timestamptz IS NULL OR started_at >= $3) AND ($4::timestamptz IS NULL OR started_at <= $4) ORDER BY id DESC`,
          [jobId, states ?? null, filter.from ?? null, filter.to ?? null],
        );
        const expected = rows.map((row) => row.id);
        for (const [offset, limit] of [
          [0, 20],
          [0, 200],
          [7, 5],
          [123, 50],
          [Math.max(expected.length - 3, 0), 10],
          [10_000, 10],
        ] as const) {
          const page = await pages.find({ jobId, states, ...filter, offset, limit });
          expect({ filter, offset, ...page }).toEqual({
            filter,
            offset,
            total: expected.length,
            ids: expected.slice(offset, offset + limit),
          });
        }
      }
    },
  );

  it.each([
    ['a page', PAGE_OF_STRETCHES, [0, 20], 'executions_job'],
    ['a count', COUNT_STRETCHES, [], 'executions_job'],
    ['a page of failures', PAGE_OF_UNSUCCESSFUL, [true, 0, 20], 'unsuccessful_executions_pkey'],
    ['a count of failures', COUNT_UNSUCCESSFUL, [true], 'unsuccessful_executions_pkey'],
  ] as const)('come by an index within their hours: %s', async (_, statement, more, index) => {
    await queue.rows('ANALYZE executions, unsuccessful_executions');
    const plan = await queue.rows<{ 'QUERY PLAN': string }>(`EXPLAIN ${statement.text}`, [
      jobId,
      [idAt(START, 0)],
      [idAt(START + HOUR - 1, 999)],
      null,
      null,
      null,
      ...more,
    ]);
    const text = plan.map((row) => row['QUERY PLAN']).join('\n');
    expect(text).toContain(index);
    expect(text).toMatch(/Index Cond: .*job_id = .*h\.low.*h\.high/);
    expect(text).not.toMatch(/Seq Scan on (executions|unsuccessful)/);
  });

  it.each([
    ['failed ones', ['failed'], 'error', true, LIST_UNSUCCESSFUL_RUNS, 'unsuccessful_executions_newest'],
    [
      'failed ones of a job',
      ['failed'],
      null,
      true,
      LIST_UNSUCCESSFUL_RUNS_OF_JOB,
      'unsuccessful_executions_pkey',
    ],
    [
      'cancelled ones',
      ['cancelled', 'skipped'],
      null,
      false,
      LIST_UNSUCCESSFUL_RUNS,
      'unsuccessful_executions_newest',
    ],
    ['running ones', ['running'], null, null, LIST_RUNNING_RUNS, 'executions_pkey'],
  ] as const)(
    'list %s as the plain list does, by their index',
    async (_, states, kind, failed, statement, index) => {
      const ofJob = statement === LIST_UNSUCCESSFUL_RUNS_OF_JOB;
      const page = async (text: typeof LIST_RUNS, more: readonly unknown[], before: string | null) =>
        (
          await queue.database.rows<{ id: string }>(text, [
            null,
            ofJob ? jobId : null,
            states,
            kind,
            before,
            4,
            ...more,
          ])
        ).map(({ id }) => id);
      const more = failed === null ? [] : [failed];
      let before: string | null = null;
      let pages = 0;
      for (; pages < 3; pages++) {
        const expected: string[] = await page(LIST_RUNS, [], before);
        expect(await page(statement, more, before)).toEqual(expected);
        before = expected.at(-1) ?? null;
        if (expected.length < 4) break;
      }
      expect(before).not.toBeNull();
      await queue.rows('ANALYZE executions, unsuccessful_executions, claims');
      await queue.rows('SET enable_seqscan = off');
      const plan = await queue.rows<{ 'QUERY PLAN': string }>(`EXPLAIN ${statement.text}`, [
        null,
        ofJob ? jobId : null,
        states,
        kind,
        before,
        4,
        ...more,
      ]);
      await queue.rows('RESET enable_seqscan');
      expect(plan.map((row) => row['QUERY PLAN']).join('\n')).toContain(index);
    },
  );
});
