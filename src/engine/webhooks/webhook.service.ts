import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { SETTINGS } from '../../config/configuration.module.js';
import type { Settings } from '../../config/settings.js';
import { RunsService } from '../../modules/runs/runs.service.js';
import { SecretResolver } from '../../modules/secrets/secret-resolver.js';
import { WebhookQueue } from '../../modules/webhooks/webhook-queue.js';
import { DatabaseClock } from '../../platform/clock/database-clock.js';
import { Listener } from '../../platform/database/listener.js';
import { EngineMetrics } from '../../platform/metrics/engine-metrics.js';
import { OutboundClient } from '../../platform/outbound/outbound-client.js';
import { Loop } from '../loop.js';
import { Loops } from '../loops.js';
import { DeliveryMaker } from './delivery-maker.js';
import { RUN_TELLER, type RunTeller } from './run-teller.js';
import { WebhookDispatcher } from './webhook-dispatcher.js';

/** Retries are noticed within this time; what has just been recorded announces itself. */
const LOOK_EVERY_MS = 1_000;

/** Delivers webhooks for as long as the process lives. */
@Injectable()
export class WebhookService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly loop: Loop;
  private readonly client: OutboundClient;
  private readonly dispatcher: WebhookDispatcher;

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(RUN_TELLER) tell: RunTeller,
    queue: WebhookQueue,
    runs: RunsService,
    secrets: SecretResolver,
    clock: DatabaseClock,
    private readonly listener: Listener,
    metrics: EngineMetrics,
    loops: Loops,
  ) {
    this.client = new OutboundClient({ allow: settings.outboundAllow });
    const maker = new DeliveryMaker(this.client, secrets, tell, clock);
    this.loop = new Loop('webhooks', LOOK_EVERY_MS, () => this.dispatcher.runOnce());
    this.dispatcher = new WebhookDispatcher({ queue, runs, maker, metrics }, () => this.loop.wake());
    loops.add(this.loop);
  }

  onApplicationBootstrap(): void {
    this.listener.on('carillon_webhooks', () => this.loop.wake());
    this.listener.onReconnect(() => this.loop.wake());
    this.loop.start();
  }

  /** Drains: nothing new, what is under way may finish within the grace. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.loop.stop();
    await this.dispatcher.drain(this.settings.shutdownGraceSeconds * 1000);
    await this.client.close();
  }
}
