import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { jobNotFound } from '../../domain/errors.js';
import type { Json } from '../../domain/execution/outcome.js';
import { type RunOptions, storedOptions } from '../../domain/execution/run-options.js';
import type { RunRules } from '../../domain/job/run-rules.js';
import { HotDatabase } from '../../platform/database/hot-database.js';
import { CLAIM_KEYS, READ_KEYS } from '../../platform/database/sql/runs.sql.js';
import type { StatementRunner } from '../../platform/database/statement-runner.js';
import type { EnqueueRequest } from '../executions/enqueue-request.js';
import { Enqueuer } from '../executions/enqueuer.js';
import { QueueHold } from '../executions/queue-hold.js';
import { canonicalJson } from './canonical-json.js';
import { PayloadRules } from './payload-rules.js';
import { RunLineage } from './run-lineage.js';

/** One run that is asked for. */
export interface TriggerRequest {
  payload?: Json;
  priority?: number;
  options: RunOptions;
  /** Where its fields stand in the request: `items.3.`, or nothing. */
  place: string;
}

/** The run that a request got; `hit`: one that had been asked for before. */
export interface Triggered {
  id: string;
  hit: boolean;
}

interface Key {
  kind: 'key' | 'payload';
  key: string;
}

interface Entry {
  id: string;
  request: TriggerRequest;
  /** What it may happen only once for; null: nothing. */
  key: Key | null;
}

/** Starts runs of a job on demand, each only once for its key or payload. */
@Injectable()
export class JobTriggers {
  constructor(
    private readonly database: HotDatabase,
    private readonly enqueuer: Enqueuer,
    private readonly hold: QueueHold,
    private readonly payloads: PayloadRules,
    private readonly lineage: RunLineage,
  ) {}

  /**
   * Records runs, all or none, in one transaction.
   * @returns a run for each request, in their order, once they are safely recorded
   * @throws DomainError job_not_found, validation_failed for payloads and runs that are named, scheduler_paused
   */
  async trigger(jobId: string, requests: readonly TriggerRequest[], by: string): Promise<Triggered[]> {
    const rules = await this.payloads.require(
      jobId,
      requests.map(({ payload, place }) => ({ payload: payload ?? null, field: `${place}payload` })),
    );
    const known = await this.lineage.of(jobId, requests);
    const entries = known.map((request) => ({ id: uuidv7(), request, key: keyOf(request, rules) }));
    const [first] = entries;
    if (first && entries.length === 1 && first.key === null)
      return [{ id: await this.enqueuer.enqueue(enqueueRequest(jobId, first, by)), hit: false }];
    await this.hold.requireReleased();
    return this.database.transaction((runner) => this.record(runner, jobId, entries, rules, by));
  }

  private async record(
    runner: StatementRunner,
    jobId: string,
    entries: readonly Entry[],
    rules: RunRules,
    by: string,
  ): Promise<Triggered[]> {
    const owners = await claimKeys(runner, jobId, entries, rules.dedupWindowSeconds);
    const triggered = entries.map(({ id, key }) => {
      const owner = key === null ? id : (owners.get(nameOf(key)) ?? id);
      return { id: owner, hit: owner !== id };
    });
    const fresh = entries.filter((_entry, index) => triggered[index]?.hit === false);
    const recorded = await this.enqueuer.enqueueWithin(
      runner,
      fresh.map((entry) => enqueueRequest(jobId, entry, by)),
    );
    if (recorded.includes(null)) throw jobNotFound(jobId);
    return triggered;
  }
}

/** Whom each key belongs to after this: the first entry that claims it, or a run that had it before. */
async function claimKeys(
  runner: StatementRunner,
  jobId: string,
  entries: readonly Entry[],
  windowSeconds: number | null,
): Promise<Map<string, string>> {
  const claims = new Map<string, Key & { id: string }>();
  for (const { id, key } of entries) {
    if (key !== null && !claims.has(nameOf(key))) claims.set(nameOf(key), { ...key, id });
  }
  const owners = new Map([...claims].map(([name, { id }]) => [name, id]));
  if (claims.size === 0) return owners;
  const wanted = [...claims.values()];
  const claimed = await runner.rows<Key>(CLAIM_KEYS, [
    jobId,
    wanted.map(({ kind }) => kind),
    wanted.map(({ key }) => key),
    wanted.map(({ id }) => id),
    windowSeconds,
  ]);
  const won = new Set(claimed.map(nameOf));
  const lost = wanted.filter((key) => !won.has(nameOf(key)));
  if (lost.length === 0) return owners;
  const known = await runner.rows<Key & { executionId: string }>(READ_KEYS, [
    jobId,
    lost.map(({ kind }) => kind),
    lost.map(({ key }) => key),
  ]);
  for (const owner of known) owners.set(nameOf(owner), owner.executionId);
  return owners;
}

/** A key that the caller gave comes before the content of the payload. */
function keyOf({ options, payload }: TriggerRequest, { dedupWindowSeconds }: RunRules): Key | null {
  if (options.idempotencyKey !== undefined) return { kind: 'key', key: options.idempotencyKey };
  if (dedupWindowSeconds === null) return null;
  const key = createHash('sha256')
    .update(canonicalJson(payload ?? null))
    .digest('base64url');
  return { kind: 'payload', key };
}

function nameOf({ kind, key }: Key): string {
  return `${kind}:${key}`;
}

function enqueueRequest(jobId: string, { id, request }: Entry, by: string): EnqueueRequest {
  const { payload, priority, options } = request;
  const { startAt, maxAttempts } = options;
  return {
    id,
    jobId,
    trigger: 'manual',
    payload,
    priority,
    maxAttempts,
    startAt: startAt === undefined ? undefined : new Date(startAt),
    options: Object.keys(options).length === 0 ? undefined : storedOptions(options),
    by,
  };
}
