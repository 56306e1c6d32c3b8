import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { DELIVERY_PERIOD_SECONDS } from '../../domain/webhook/attempts.js';
import type { PreviousSecret, Webhook } from '../../domain/webhook/webhook.js';
import { HotDatabase } from '../../platform/database/hot-database.js';
import {
  CLAIM_DELIVERIES,
  DELIVERY_BACKLOG,
  RECORD_ATTEMPTS,
} from '../../platform/database/sql/webhooks.sql.js';

/** A delivery in the hands of this process. */
export interface ClaimedDelivery {
  id: string;
  executionId: string;
  jobId: string;
  lease: string;
  /** From 1, since it was recorded or last asked for by hand. */
  attempt: number;
  giveUpAt: Date;
  /** Sealed; null: the job has none any more. */
  webhook: Webhook | null;
  /** Sealed. */
  previous: PreviousSecret | null;
}

export type DeliveryStatus = 'pending' | 'delivered' | 'failed';

/** What came of an attempt. */
export interface DeliveryAttempt {
  at: Date;
  /** Masked; null: it was not known. */
  url: string | null;
  responseStatus: number | null;
  durationMs: number;
  /** Null: it was delivered. */
  error: { code: string; message: string } | null;
  status: DeliveryStatus;
  /** Null unless it stays pending. */
  nextAt: Date | null;
}

/** What still has to be delivered. */
export interface DeliveryBacklog {
  pending: number;
  /** Since when the oldest is tried, in seconds. */
  oldestSeconds: number;
}

/** The deliveries that wait, for the processes that make them. */
@Injectable()
export class WebhookQueue {
  constructor(private readonly database: HotDatabase) {}

  /**
   * Takes due deliveries.
   * @param limit at most so many
   * @param ofOneJob of one job at most so many in hand
   * @param inHand how many of each job this process has already
   */
  claim(
    limit: number,
    ofOneJob: number,
    inHand: ReadonlyMap<string, number>,
    leaseSeconds: number,
  ): Promise<ClaimedDelivery[]> {
    const values = [limit, ofOneJob, [...inHand.keys()], [...inHand.values()], uuidv7(), leaseSeconds];
    return this.database.rows<ClaimedDelivery>(CLAIM_DELIVERIES, values);
  }

  /** Records attempts. @returns the ids of those that still were this process's to record */
  async record(
    results: readonly { delivery: ClaimedDelivery; attempt: DeliveryAttempt }[],
  ): Promise<Set<string>> {
    const attempts = results.map(({ attempt }) => attempt);
    const rows = await this.database.rows<{ id: string }>(RECORD_ATTEMPTS, [
      results.map(({ delivery }) => delivery.id),
      results.map(({ delivery }) => delivery.lease),
      attempts.map(({ at }) => at),
      attempts.map(({ url }) => url),
      attempts.map(({ responseStatus }) => responseStatus),
      attempts.map(({ durationMs }) => durationMs),
      attempts.map(({ error }) => error && JSON.stringify(error)),
      attempts.map(({ status }) => status),
      attempts.map(({ nextAt }) => nextAt),
    ]);
    return new Set(rows.map(({ id }) => id));
  }

  async backlog(): Promise<DeliveryBacklog> {
    const [row] = await this.database.rows<DeliveryBacklog>(DELIVERY_BACKLOG, [DELIVERY_PERIOD_SECONDS]);
    return row ?? { pending: 0, oldestSeconds: 0 };
  }
}
