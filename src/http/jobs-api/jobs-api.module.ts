import { Module } from '@nestjs/common';
import { JobsModule } from '../../modules/jobs/jobs.module.js';
import { RunReportsModule } from '../../modules/run-reports/run-reports.module.js';
import { RunsModule } from '../../modules/runs/runs.module.js';
import { WebhooksModule } from '../../modules/webhooks/webhooks.module.js';
import { JobBatchesController } from './jobs/job-batches.controller.js';
import { JobDependenciesController } from './jobs/job-dependencies.controller.js';
import { JobVersionsController } from './jobs/job-versions.controller.js';
import { JobsController } from './jobs/jobs.controller.js';
import { JobHealthController } from './runs/job-health.controller.js';
import { JobRunsController } from './runs/job-runs.controller.js';
import { RunReportsController } from './runs/run-reports.controller.js';
import { RunStreamController } from './runs/run-stream.controller.js';
import { RunsController } from './runs/runs.controller.js';
import { WebhookDeliveriesController } from './webhooks/webhook-deliveries.controller.js';

/** The Jobs API: projects, slugs, versions and runs that are posted to endpoints. */
@Module({
  imports: [JobsModule, RunsModule, RunReportsModule, WebhooksModule],
  controllers: [
    JobBatchesController,
    JobsController,
    JobDependenciesController,
    JobVersionsController,
    JobRunsController,
    RunsController,
    RunReportsController,
    RunStreamController,
    JobHealthController,
    WebhookDeliveriesController,
  ],
})
export class JobsApiModule {}
