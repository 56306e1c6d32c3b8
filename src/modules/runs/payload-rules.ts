import { Injectable } from '@nestjs/common';
import { invalid, jobNotFound } from '../../domain/errors.js';
import type { RunRules } from '../../domain/job/run-rules.js';
import { HotDatabase } from '../../platform/database/hot-database.js';
import { READ_RULES, READ_SCHEMAS } from '../../platform/database/sql/runs.sql.js';
import { type PayloadEntry, PayloadSchemas } from '../jobs/payload-schemas.js';

/** Holds the payloads of runs that people ask for to the schema of their job, whatever the dialect. */
@Injectable()
export class PayloadRules {
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
    const [row] = await this.database.rows<{ rules: RunRules }>(READ_RULES, [jobId]);
    if (!row) throw jobNotFound(jobId);
    const { payloadSchema } = row.rules;
    const faults = payloadSchema === null ? [] : this.schemas.faults(payloadSchema, entries);
    if (faults.length > 0) throw invalid(faults);
    return row.rules;
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
