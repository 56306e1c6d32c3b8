import { Injectable } from '@nestjs/common';
import { invalid, jobNotFound } from '../../domain/errors.js';
import type { RunRules } from '../../domain/job/run-rules.js';
import { GatheredReads } from '../../platform/database/gathered-reads.js';
import { HotDatabase } from '../../platform/database/hot-database.js';
import { READ_RULES, READ_SCHEMAS } from '../../platform/database/sql/runs.sql.js';
import { type PayloadEntry, PayloadSchemas } from '../jobs/payload-schemas.js';

/** Holds the payloads of runs that people ask for to the schema of their job, whatever the dialect. */
@Injectable()
export class PayloadRules {
  private readonly rules = new GatheredReads<RunRules>(async (ids) => {
    const rows = await this.database.rows<{ jobId: string; rules: RunRules }>(READ_RULES, [ids]);
    return new Map(rows.map((row) => [row.jobId, row.rules]));
  });

  constructor(
    private readonly database: HotDatabase,
    private readonly schemas: PayloadSchemas,
  ) {}

  /**
   * Checks payloads by the present schema of a job.
   * @returns the rules of the job
   * @throws DomainError job_not_found; validation_failed, its faults under the fields of the entries
   */
  async require(jobId: string, entries: readonly PayloadEntry[]): Promise<RunRules> {
    const rules = await this.rules.get(jobId.toLowerCase());
    if (!rules) throw jobNotFound(jobId);
    const { payloadSchema } = rules;
    const faults = payloadSchema === null ? [] : this.schemas.faults(payloadSchema, entries);
    if (faults.length > 0) throw invalid(faults);
    return rules;
  }

  /** Those of many jobs that may be started without a payload. */
  async withoutPayload(jobIds: readonly string[]): Promise<string[]> {
    const rows = await this.database.rows<{ jobId: string; schema: NonNullable<RunRules['payloadSchema']> }>(
      READ_SCHEMAS,
      [jobIds],
    );
    const none = [{ payload: null, field: 'payload' }];
    const refusing = new Set(
      rows.filter(({ schema }) => this.schemas.faults(schema, none).length > 0).map(({ jobId }) => jobId),
    );
    return jobIds.filter((jobId) => !refusing.has(jobId));
  }
}
