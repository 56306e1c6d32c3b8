import { Logger } from '@nestjs/common';
import { setMaxListeners } from 'node:events';
import type { RunView } from '../../modules/runs/run.view.js';
import type { RunsService } from '../../modules/runs/runs.service.js';
import type { ClaimedDelivery, DeliveryAttempt, WebhookQueue } from '../../modules/webhooks/webhook-queue.js';
import type { EngineMetrics } from '../../platform/metrics/engine-metrics.js';
import { AttemptRecorder } from './attempt-recorder.js';
import type { DeliveryMaker } from './delivery-maker.js';

/** Attempts of this process at once. */
const CONCURRENCY = 64;
/** Of these at one job's: a receiver that does not answer must not hold up the others. */
const OF_ONE_JOB = 16;
/** Longer than any attempt takes. */
const LEASE_SECONDS = 30;

interface Services {
  queue: WebhookQueue;
  runs: Pick<RunsService, 'many'>;
  maker: DeliveryMaker;
  metrics: EngineMetrics;
}

/** Starts the attempts that are due, and keeps them apart. Any number of processes may do so. */
export class WebhookDispatcher {
  private readonly log = new Logger(WebhookDispatcher.name);
  private readonly recorder: AttemptRecorder;
  private readonly underWay = new Map<ClaimedDelivery, Promise<void>>();
  private readonly stopping = new AbortController();
  /** More may be due than there was room for. */
  private crowded = false;

  /** @param onRoom called when an attempt has ended and others may be waiting for its place */
  constructor(
    private readonly services: Services,
    private readonly onRoom: () => void,
  ) {
    this.recorder = new AttemptRecorder(services.queue);
    // One for each attempt under way.
    setMaxListeners(CONCURRENCY, this.stopping.signal);
  }

  /** Starts what is due, as far as there is room; does not wait for it. @returns how many attempts */
  async runOnce(): Promise<{ started: number }> {
    let started = 0;
    for (;;) {
      const room = CONCURRENCY - this.underWay.size;
      const inHand = this.byJob();
      this.crowded = room <= 0 || [...inHand.values()].some((count) => count >= OF_ONE_JOB);
      if (room <= 0) break;
      const deliveries = await this.services.queue.claim(room, OF_ONE_JOB, inHand, LEASE_SECONDS);
      if (deliveries.length === 0) break;
      const runs = await this.services.runs.many(deliveries.map(({ executionId }) => executionId));
      for (const delivery of deliveries) this.start(delivery, runs.get(delivery.executionId));
      started += deliveries.length;
    }
    return { started };
  }

  /** Waits for the attempts under way, and ends those that take longer: they are made again. */
  async drain(graceMs: number): Promise<void> {
    const timer = setTimeout(() => this.stopping.abort('shutdown'), graceMs);
    await Promise.all(this.underWay.values());
    clearTimeout(timer);
  }

  private start(delivery: ClaimedDelivery, run: RunView | undefined): void {
    const ended = this.make(delivery, run)
      .catch((error: unknown) => {
        // Its lease runs out, and it is made again.
        this.log.error(
          { err: error, deliveryId: delivery.id },
          'An attempt at a webhook could not be recorded',
        );
      })
      .finally(() => {
        this.underWay.delete(delivery);
        if (this.crowded) this.onRoom();
      });
    this.underWay.set(delivery, ended);
  }

  private async make(delivery: ClaimedDelivery, run: RunView | undefined): Promise<void> {
    const attempt = await this.services.maker.attempt(delivery, run, this.stopping.signal);
    const accepted = await this.recorder.record(delivery, attempt);
    this.services.metrics.webhooks.inc({ outcome: accepted ? outcomeOf(attempt) : 'refused' });
  }

  private byJob(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { jobId } of this.underWay.keys()) counts.set(jobId, (counts.get(jobId) ?? 0) + 1);
    return counts;
  }
}

function outcomeOf({ status }: DeliveryAttempt): string {
  return status === 'pending' ? 'retried' : status;
}
