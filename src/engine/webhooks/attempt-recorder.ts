import type { ClaimedDelivery, DeliveryAttempt, WebhookQueue } from '../../modules/webhooks/webhook-queue.js';

interface Waiting {
  delivery: ClaimedDelivery;
  attempt: DeliveryAttempt;
  resolve: (accepted: boolean) => void;
  reject: (error: unknown) => void;
}

/** Records what came of attempts, those that end together in one statement, one statement at a time. */
export class AttemptRecorder {
  private waiting: Waiting[] = [];
  private writing = false;

  constructor(private readonly queue: Pick<WebhookQueue, 'record'>) {}

  /** @returns whether the lease still held: another process may have taken the delivery over */
  record(delivery: ClaimedDelivery, attempt: DeliveryAttempt): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ delivery, attempt, resolve, reject });
      if (!this.writing) void this.write();
    });
  }

  private async write(): Promise<void> {
    this.writing = true;
    while (this.waiting.length > 0) {
      const batch = this.waiting;
      this.waiting = [];
      try {
        const accepted = await this.queue.record(batch);
        for (const { delivery, resolve } of batch) resolve(accepted.has(delivery.id));
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.writing = false;
  }
}
