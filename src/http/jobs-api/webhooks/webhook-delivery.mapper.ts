import type { DeliveryView } from '../../../modules/webhooks/webhook-deliveries.js';
import { runStatus } from '../runs/run-status.js';
import type { WebhookDeliveryDto } from './webhook-delivery.dto.js';

/** A delivery in the words of the Jobs API. */
export function toDeliveryDto(delivery: DeliveryView): WebhookDeliveryDto {
  return {
    id: delivery.id,
    run_id: delivery.executionId,
    job_id: delivery.jobId,
    event: `run.${runStatus(delivery.state, delivery.failureKind)}`,
    status: delivery.status,
    attempts: delivery.attempts,
    next_attempt_at: delivery.nextAttemptAt?.toISOString() ?? null,
    log: delivery.log.map(({ error, at, ...attempt }) => ({
      ...attempt,
      at: new Date(at).toISOString(),
      error_code: error?.code ?? null,
      error: error?.message ?? null,
    })),
    created_at: delivery.createdAt.toISOString(),
    finished_at: delivery.finishedAt?.toISOString() ?? null,
  };
}
