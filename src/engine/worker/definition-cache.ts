import type { RunnableDefinition } from '../../domain/job/definition.js';
import type { HotDatabase } from '../../platform/database/hot-database.js';
import { DEFINITIONS, RESOLVE_VERSION } from '../../platform/database/sql/definitions.sql.js';

const CAPACITY = 10_000;

/** What names a definition. */
interface Wanted {
  jobId: string;
  jobVersion: number;
}

/** Definitions by job and version. A version never changes, so nothing here can be stale. */
export class DefinitionCache {
  private readonly known = new Map<string, RunnableDefinition>();

  constructor(private readonly database: HotDatabase) {}

  /**
   * The definitions of some executions, in their order, in at most one statement; undefined where the job is gone.
   */
  async of(wanted: readonly Wanted[]): Promise<(RunnableDefinition | undefined)[]> {
    await this.load(wanted);
    const found = wanted.map((entry) => this.known.get(keyOf(entry)));
    this.trim();
    return found;
  }

  /**
   * The definition that carries out an execution which starts now, by the policy of its version; the execution's record
   * names the version. Undefined where the job is gone.
   */
  async ofStarting({
    executionId,
    jobId,
    jobVersion,
    attempt,
  }: Wanted & { executionId: string; attempt: number }): Promise<RunnableDefinition | undefined> {
    const [row] = await this.database.rows<{ version: number }>(RESOLVE_VERSION, [executionId, attempt]);
    const [definition] = await this.of([{ jobId, jobVersion: row?.version ?? jobVersion }]);
    return definition;
  }

  private async load(wanted: readonly Wanted[]): Promise<void> {
    const missing = new Map<string, Wanted>();
    for (const entry of wanted) {
      const key = keyOf(entry);
      if (!this.known.has(key)) missing.set(key, entry);
    }
    if (missing.size === 0) return;
    const entries = [...missing.values()];
    const rows = await this.database.rows<{ jobId: string; version: number; definition: RunnableDefinition }>(
      DEFINITIONS,
      [entries.map((entry) => entry.jobId), entries.map((entry) => entry.jobVersion)],
    );
    for (const row of rows) this.known.set(`${row.jobId}:${row.version}`, row.definition);
  }

  /** Drops the definitions that were loaded first. */
  private trim(): void {
    for (const key of this.known.keys()) {
      if (this.known.size <= CAPACITY) return;
      this.known.delete(key);
    }
  }
}

function keyOf({ jobId, jobVersion }: Wanted): string {
  return `${jobId}:${jobVersion}`;
}
