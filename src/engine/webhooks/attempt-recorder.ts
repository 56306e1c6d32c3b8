import type { ClaimedDelivery, DeliveryAttempt, WebhookQueue } from '../../modules/webhooks/webhook-queue.js';
import { Batcher } from '../../platform/batching/batcher.js';

const BATCH = 200;

interface Waiting {
  delivery: ClaimedDelivery;
  attempt: DeliveryAttempt;
  resolve: (accepted: boolean) => void;
  reject: (error: unknown) => void;
}

/** Records what came of attempts, those that end together in one statement, one statement at a time. */
export class AttemptRecorder {
  private readonly batcher = new Batcher<Waiting>({
    size: BATCH,
    inFlight: 1,
    flush: (batch) => this.write(batch),
  });

  constructor(private readonly queue: Pick<WebhookQueue, 'record'>) {}

  /** @returns whether the lease still held: another process may have taken the delivery over */
  record(delivery: ClaimedDelivery, attempt: DeliveryAttempt): Promise<boolean> {
    return new Promise((resolve, reject) => this.batcher.add({ delivery, attempt, resolve, reject }));
  }

  private async write(batch: Waiting[]): Promise<void> {
    try {
      const accepted = await this.queue.record(batch);
      for (const { delivery, resolve } of batch) resolve(accepted.has(delivery.id));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
