import { Module, type DynamicModule } from '@nestjs/common';
import { RunsModule } from '../../modules/runs/runs.module.js';
import { SecretsModule } from '../../modules/secrets/secrets.module.js';
import { WebhooksModule } from '../../modules/webhooks/webhooks.module.js';
import { EngineCoreModule } from '../engine-core.module.js';
import { RUN_TELLER, type RunTeller } from './run-teller.js';
import { WebhookService } from './webhook.service.js';

/** The loop that delivers webhooks: role `worker`, the one that may call out. */
@Module({})
export class WebhookLoopsModule {
  /** @param tell how receivers are told of runs */
  static forRoot(tell: RunTeller): DynamicModule {
    return {
      module: WebhookLoopsModule,
      imports: [EngineCoreModule, RunsModule, SecretsModule, WebhooksModule],
      providers: [WebhookService, { provide: RUN_TELLER, useValue: tell }],
    };
  }
}
