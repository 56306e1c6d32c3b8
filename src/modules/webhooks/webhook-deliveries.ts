import { Injectable } from '@nestjs/common';
import { DomainError } from '../../domain/errors.js';
import type { ExecutionState, FailureKind } from '../../domain/execution/state.js';
import { isIdentifier } from '../../domain/identifier.js';
import { DELIVERY_PERIOD_SECONDS } from '../../domain/webhook/attempts.js';
import { HotDatabase } from '../../platform/database/hot-database.js';
import {
  LIST_EXECUTION_DELIVERIES,
  LIST_JOB_DELIVERIES,
  LIST_UNDELIVERED,
  READ_DELIVERY,
  REDELIVER,
} from '../../platform/database/sql/webhooks.sql.js';
import type { DeliveryStatus } from './webhook-queue.js';

/** An attempt as the log has it. */
export interface LoggedAttempt {
  attempt: number;
  /** ISO 8601. */
  at: string;
  url: string | null;
  response_status: number | null;
  duration_ms: number;
  error: { code: string; message: string } | null;
}

/** A delivery as people see it. */
export interface DeliveryView {
  id: string;
  executionId: string;
  jobId: string;
  /** How the execution ended. */
  state: ExecutionState;
  failureKind: FailureKind | null;
  status: DeliveryStatus;
  attempts: number;
  /** Null: none will follow, or one is under way. */
  nextAttemptAt: Date | null;
  createdAt: Date;
  finishedAt: Date | null;
  /** The latest 50, the newest first. */
  log: LoggedAttempt[];
}

/** Which deliveries to list. */
export interface DeliveryPage {
  status?: DeliveryStatus;
  /** Only those before this one; null: from the newest. */
  before: string | null;
  limit: number;
}

/** The log of deliveries, and deliveries by hand. Callers have made sure that the job or execution is theirs to see. */
@Injectable()
export class WebhookDeliveries {
  constructor(private readonly database: HotDatabase) {}

  /** The newest first. */
  ofJob(jobId: string, { status, before, limit }: DeliveryPage): Promise<DeliveryView[]> {
    const statement = status === undefined || status === 'delivered' ? LIST_JOB_DELIVERIES : LIST_UNDELIVERED;
    return this.database.rows<DeliveryView>(statement, [jobId, status ?? null, before, limit]);
  }

  /** The newest first. */
  ofExecution(executionId: string, { status, before, limit }: DeliveryPage): Promise<DeliveryView[]> {
    const values = [executionId, status ?? null, before, limit];
    return this.database.rows<DeliveryView>(LIST_EXECUTION_DELIVERIES, values);
  }

  /**
   * Delivers again, at once and for another day, under the same id.
   * @throws DomainError webhook_delivery_not_found, webhook_removed
   */
  async redeliver(id: string, executionId: string): Promise<DeliveryView> {
    const [row] = isIdentifier(id)
      ? await this.database.rows<{ possible: boolean }>(REDELIVER, [id, executionId, DELIVERY_PERIOD_SECONDS])
      : [];
    const [delivery] = row ? await this.database.rows<DeliveryView>(READ_DELIVERY, [id]) : [];
    if (!row || !delivery) throw notFound(id);
    if (!row.possible)
      throw new DomainError('conflict', 'webhook_removed', 'The job has no webhook any more.');
    return delivery;
  }
}

function notFound(id: string): DomainError {
  return new DomainError(
    'not_found',
    'webhook_delivery_not_found',
    `The run has no webhook delivery with the id ${id}.`,
  );
}
