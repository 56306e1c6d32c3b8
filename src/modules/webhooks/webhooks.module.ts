import { Module } from '@nestjs/common';
import { ExecutionsModule } from '../executions/executions.module.js';
import { WebhookDeliveries } from './webhook-deliveries.js';
import { WebhookOutbox } from './webhook-outbox.js';
import { WebhookQueue } from './webhook-queue.js';

/** Tells the webhooks of jobs how runs ended; owns webhook_deliveries and webhook_attempts. */
@Module({
  imports: [ExecutionsModule],
  providers: [WebhookDeliveries, WebhookOutbox, WebhookQueue],
  exports: [WebhookDeliveries, WebhookQueue],
})
export class WebhooksModule {}
