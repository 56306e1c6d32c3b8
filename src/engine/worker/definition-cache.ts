import type { RunnableDefinition } from '../../domain/job/definition.js';
import type { HotDatabase } from '../../platform/database/hot-database.js';
import { DEFINITIONS } from '../../platform/database/sql/definitions.sql.js';

const CAPACITY = 10_000;

/** Definitions by job and version. A version never changes, so nothing here can be stale. */
export class DefinitionCache {
  private readonly known = new Map<string, RunnableDefinition>();

  constructor(private readonly database: HotDatabase) {}

  get(jobId: string, version: number): RunnableDefinition | undefined {
    return this.known.get(`${jobId}:${version}`);
  }

  /** Loads in one statement what is missing of these. A definition whose job is deleted stays missing. */
  async load(wanted: readonly { jobId: string; jobVersion: number }[]): Promise<void> {
    const missing = new Map<string, { jobId: string; jobVersion: number }>();
    for (const entry of wanted) {
      const key = `${entry.jobId}:${entry.jobVersion}`;
      if (!this.known.has(key)) missing.set(key, entry);
    }
    if (missing.size === 0) return;
    const entries = [...missing.values()];
    const rows = await this.database.rows<{ jobId: string; version: number; definition: RunnableDefinition }>(
      DEFINITIONS,
      [entries.map((entry) => entry.jobId), entries.map((entry) => entry.jobVersion)],
    );
    for (const row of rows) this.known.set(`${row.jobId}:${row.version}`, row.definition);
    this.trim();
  }

  /** Drops the definitions that were loaded first. */
  private trim(): void {
    for (const key of this.known.keys()) {
      if (this.known.size <= CAPACITY) return;
      this.known.delete(key);
    }
  }
}
