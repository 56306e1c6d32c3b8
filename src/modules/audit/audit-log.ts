import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { storableJson } from '../../domain/execution/storable-json.js';
import { HotDatabase } from '../../platform/database/hot-database.js';
import { ALLOW_AUDIT_RETENTION, AUDIT, PURGE_AUDIT } from '../../platform/database/sql/audit.sql.js';
import type { AuditEntry, AuditFilter, RecordedAuditEntry } from './audit-entry.js';

/** Entries in one statement at most. */
const BATCH = 500;
const PURGE_BATCH = 2_000;

interface Pending {
  entry: AuditEntry;
  done: () => void;
}

/** The append-only trail of changes. Entries of one turn of the event loop share a statement. */
@Injectable()
export class AuditLog implements BeforeApplicationShutdown {
  private readonly log = new Logger(AuditLog.name);
  private waiting: Pending[] = [];
  private writing: Promise<void> | null = null;

  constructor(private readonly database: HotDatabase) {}

  /** Records an entry. Never throws: what cannot be written goes to the log, whole. */
  record(entry: AuditEntry): Promise<void> {
    return new Promise((done) => {
      this.waiting.push({ entry, done });
      this.writing ??= this.writeAll();
    });
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

  async beforeApplicationShutdown(): Promise<void> {
    await this.writing;
  }

  private async writeAll(): Promise<void> {
    await nextTurn();
    while (this.waiting.length > 0) await this.write(this.waiting.splice(0, BATCH));
    this.writing = null;
  }

  private async write(batch: readonly Pending[]): Promise<void> {
    const entries = batch.map(({ entry }) => entry);
    try {
      await this.database.rows(AUDIT, columnsOf(entries));
    } catch (error) {
      for (const entry of entries) this.log.error({ err: error, entry }, 'Could not record an audit entry');
    }
    for (const { done } of batch) done();
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
