import 'reflect-metadata';
import pg from 'pg';
import type { Claim } from '../../src/modules/executions/claimed-execution.js';
import { ClaimQueue } from '../../src/modules/executions/claim-queue.js';
import { Consequences } from '../../src/modules/executions/consequences.js';
import type { EndedExecution } from '../../src/modules/executions/ended-execution.js';
import type { EnqueueRequest } from '../../src/modules/executions/enqueue-request.js';
import { Enqueuer } from '../../src/modules/executions/enqueuer.js';
import { FlowControl } from '../../src/modules/executions/flow-control.js';
import { FlowEnqueuer } from '../../src/modules/executions/flow-enqueuer.js';
import { HandOver } from '../../src/modules/executions/hand-over.js';
import { LowWaterMarks } from '../../src/modules/executions/low-water-marks.js';
import { Prerequisites } from '../../src/modules/executions/prerequisites.js';
import { Rescuer } from '../../src/modules/executions/rescuer.js';
import type { AttemptResult } from '../../src/modules/executions/attempt-result.js';
import { Settlement } from '../../src/modules/executions/settlement.js';
import { HotDatabase } from '../../src/platform/database/hot-database.js';
import { CANCEL_UNCLAIMED } from '../../src/platform/database/sql/cancel.sql.js';
import { createTestDatabase } from './database.js';

/** The queue's classes over a database of their own, and a connection to look into it. */
export interface Queue {
  url: string;
  sql: pg.Client;
  database: HotDatabase;
  consequences: Consequences;
  flow: FlowControl;
  flowEnqueuer: FlowEnqueuer;
  prerequisites: Prerequisites;
  claims: ClaimQueue;
  settlement: Settlement;
  rescuer: Rescuer;
  /** Another enqueuer, as another process would have it. */
  enqueuer(handOver?: HandOver): Enqueuer;
  /** Ends what no worker has claimed, with all consequences. @returns the ids that ended */
  cancelUnclaimed(ids: readonly string[]): Promise<string[]>;
  /** The first column of the first row. */
  value<T>(text: string, values?: unknown[]): Promise<T>;
  rows<T extends object>(text: string, values?: unknown[]): Promise<T[]>;
  drop(): Promise<void>;
}

/** For one test file: call it in `beforeAll`. */
export async function createQueue(connections = 12): Promise<Queue> {
  const { url, drop } = await createTestDatabase();
  const sql = new pg.Client({ connectionString: url });
  sql.on('error', () => undefined);
  await sql.connect();
  const database = new HotDatabase(url, connections);
  const consequences = new Consequences();
  const flow = new FlowControl(database, consequences);
  const prerequisites = new Prerequisites(database, flow, consequences);
  const flowEnqueuer = new FlowEnqueuer(database, flow, prerequisites);
  const rows = async <T extends object>(text: string, values: unknown[] = []) =>
    (await sql.query<T>(text, values)).rows;
  return {
    url,
    sql,
    database,
    consequences,
    flow,
    flowEnqueuer,
    prerequisites,
    claims: new ClaimQueue(database),
    settlement: new Settlement(database, consequences),
    rescuer: new Rescuer(database, consequences),
    enqueuer: (handOver = new HandOver()) => new Enqueuer(database, flowEnqueuer, handOver),
    cancelUnclaimed: (ids) =>
      database.transaction(async (runner) => {
        const ended = await runner.rows<EndedExecution>(CANCEL_UNCLAIMED, [ids, 'Enough.']);
        await consequences.apply(runner, ended);
        return ended.map((execution) => execution.executionId);
      }),
    rows,
    value: async <T>(text: string, values: unknown[] = []) => {
      const [row] = await rows<Record<string, T>>(text, values);
      return Object.values(row ?? {})[0] as T;
    },
    drop: async () => {
      await database.close();
      await sql.end();
      await drop();
    },
  };
}

export const LEASE_SECONDS = 30;

/** A request that is as plain as can be. */
export function manual(jobId: string, more: Partial<EnqueueRequest> = {}): EnqueueRequest {
  return { jobId, trigger: 'manual', by: 'test', ...more };
}

/** Claims with fresh marks, which is a full scan. Throws when nothing is there to claim. */
export async function claimed(queue: Queue, owner: string, limit = 100): Promise<Claim> {
  const claim = await queue.claims.claim(owner, limit, LEASE_SECONDS, new LowWaterMarks());
  if (!claim) throw new Error('Nothing was there to claim');
  return claim;
}

/** The result of the attempt at a place in a claim; `more` is what differs from plain success. */
export function resultOf(claim: Claim, index: number, more: Partial<AttemptResult> = {}): AttemptResult {
  const execution = claim.executions[index];
  if (!execution) throw new Error(`The claim has no execution ${index}`);
  const now = new Date();
  return {
    claimId: claim.claimId,
    executionId: execution.executionId,
    jobId: execution.jobId,
    attempt: execution.attempt,
    state: 'succeeded',
    failureKind: null,
    startedAt: now,
    finishedAt: now,
    output: null,
    error: null,
    trace: null,
    retryDelayMs: 0,
    followed: execution.followed,
    ...more,
  };
}

/** What a failed attempt is recorded as. */
export const FAILED = {
  state: 'failed',
  failureKind: 'error',
  error: { code: 'no', message: 'It said no.' },
} as const satisfies Partial<AttemptResult>;
