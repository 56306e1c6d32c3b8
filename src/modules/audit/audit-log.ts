import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { storableJson } from '../../domain/execution/storable-json.js';
import { Batcher } from '../../platform/batching/batcher.js';
import { isConnectionError } from '../../platform/database/connection-error.js';
import { HotDatabase } from '../../platform/database/hot-database.js';
import { ALLOW_AUDIT_RETENTION, AUDIT, PURGE_AUDIT } from '../../platform/database/sql/audit.sql.js';
import type { AuditEntry, AuditFilter, RecordedAuditEntry } from './audit-entry.js';

/** Entries in one statement at most. */
const BATCH = 500;
/** One after the other: their numbers are in the order in which they came. */
const IN_FLIGHT = 1;
const PURGE_BATCH = 2_000;

interface Pending {
  entry: AuditEntry;
  done: () => void;
}

/** The append-only trail of changes. Entries of one turn of the event loop share a statement. */
@Injectable()
export class AuditLog implements BeforeApplicationShutdown {
  private readonly log = new Logger(AuditLog.name);
  private readonly batcher = new Batcher<Pending>({
    size: BATCH,
    inFlight: IN_FLIGHT,
    flush: (batch) => this.flush(batch),
  });

  constructor(private readonly database: HotDatabase) {}

  /** Records an entry. Never throws: what cannot be written goes to the log, whole. */
  record(entry: AuditEntry): Promise<void> {
    return new Promise((done) => this.batcher.add({ entry, done }));
  }

  /** A page of entries and the number of all that match. */
  async list(filter: AuditFilter): Promise<{ items: RecordedAuditEntry[]; total: number }> {
    const values = [
      filter.from ?? null,
      filter.to ?? null,
      filter.actor ?? null,
      filter.operation ?? null,
      filter.targetId ?? null,
    ];
    const [counted] = await this.database.rows<{ total: number }>(
      { name: 'audit_count', text: `SELECT count(*)::integer AS total FROM audit_log ${MATCHING}` },
      values,
    );
    const items = await this.database.rows<RecordedAuditEntry>(
      {
        name: 'audit_page',
        text: `SELECT id::text, at, actor, role, operation, method, path, target_id AS "targetId", status, before, after,
                      request_id AS "requestId"
               FROM audit_log ${MATCHING} ORDER BY audit_log.id DESC OFFSET $6 LIMIT $7`,
      },
      [...values, filter.offset, filter.limit],
    );
    return { items, total: counted?.total ?? 0 };
  }

  /** Removes one batch of entries that are older than `days`. @returns how many; 0 when done */
  removeBatch(days: number): Promise<number> {
    return this.database.transaction(async (runner) => {
      await runner.rows(ALLOW_AUDIT_RETENTION, []);
      const [row] = await runner.rows<{ removed: number }>(PURGE_AUDIT, [days, PURGE_BATCH]);
      return row?.removed ?? 0;
    });
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.batcher.drained();
  }

  private async flush(batch: readonly Pending[]): Promise<void> {
    await this.write(batch.map(({ entry }) => entry));
    for (const { done } of batch) done();
  }

  /** An entry that the database refuses must not lose the others: then each is written by itself. */
  private async write(entries: readonly AuditEntry[]): Promise<void> {
    try {
      await this.database.rows(AUDIT, columnsOf(entries));
    } catch (error) {
      if (entries.length > 1 && !isConnectionError(error)) {
        for (const entry of entries) await this.write([entry]);
        return;
      }
      for (const entry of entries) this.log.error({ err: error, entry }, 'Could not record an audit entry');
    }
  }
}

const MATCHING = `
WHERE ($1::timestamptz IS NULL OR at >= $1) AND ($2::timestamptz IS NULL OR at < $2)
  AND ($3::text IS NULL OR actor = $3) AND ($4::text IS NULL OR operation = $4) AND ($5::text IS NULL OR target_id = $5)`;

function columnsOf(entries: readonly AuditEntry[]): unknown[] {
  return [
    entries.map((entry) => entry.at),
    entries.map((entry) => entry.actor),
    entries.map((entry) => entry.role),
    entries.map((entry) => entry.operation),
    entries.map((entry) => entry.method),
    entries.map((entry) => entry.path),
    entries.map((entry) => entry.targetId),
    entries.map((entry) => entry.status),
    entries.map((entry) => storableJson(entry.before)),
    entries.map((entry) => storableJson(entry.after)),
    entries.map((entry) => entry.requestId),
  ];
}
