import { Injectable } from '@nestjs/common';
import type { Caller } from '../../domain/job/caller.js';
import { Enqueuer } from '../executions/enqueuer.js';
import { QueueHold } from '../executions/queue-hold.js';
import { type BulkChange, JobBatches } from '../jobs/job-batches.js';
import { PayloadRules } from '../runs/payload-rules.js';
import type { JobSelection } from '../jobs/job-selection.js';

/** Executions recorded in one statement. */
const BATCH = 500;

/** One operation on many jobs. */
@Injectable()
export class BulkJobs {
  constructor(
    private readonly batches: JobBatches,
    private readonly enqueuer: Enqueuer,
    private readonly hold: QueueHold,
    private readonly payloads: PayloadRules,
  ) {}

  /**
   * Pauses, resumes, triggers or deletes the selected jobs; those that it does not apply to are passed over, as are
   * triggers of jobs whose payload schema wants a payload.
   * @param dryRun true: nothing is done
   * @returns how many jobs it applied to, or would apply to
   * @throws DomainError bulk_limit_exceeded, scheduler_paused
   */
  async run(
    operation: BulkChange | 'trigger',
    selection: JobSelection,
    dryRun: boolean,
    caller: Caller,
  ): Promise<number> {
    const selected = await this.batches.select(selection, operation, caller);
    const ids = operation === 'trigger' ? await this.payloads.withoutPayload(selected) : selected;
    if (dryRun) return ids.length;
    if (operation === 'trigger') return this.trigger(ids, caller);
    return this.batches.change(ids, operation, caller);
  }

  private async trigger(ids: readonly string[], caller: Caller): Promise<number> {
    await this.hold.requireReleased();
    let count = 0;
    for (let start = 0; start < ids.length; start += BATCH) {
      const requests = ids
        .slice(start, start + BATCH)
        .map((jobId) => ({ jobId, trigger: 'manual' as const, by: caller.subject }));
      const recorded = await this.enqueuer.enqueueMany(requests);
      count += recorded.filter((id) => id !== null).length;
    }
    return count;
  }
}
