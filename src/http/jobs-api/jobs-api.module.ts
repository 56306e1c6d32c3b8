import { Module } from '@nestjs/common';
import { ExecutionsModule } from '../../modules/executions/executions.module.js';
import { JobsModule } from '../../modules/jobs/jobs.module.js';
import { JobBatchesController } from './jobs/job-batches.controller.js';
import { JobVersionsController } from './jobs/job-versions.controller.js';
import { JobsController } from './jobs/jobs.controller.js';

/** The Jobs API: projects, slugs, versions and runs that are posted to endpoints. */
@Module({
  imports: [JobsModule, ExecutionsModule],
  controllers: [JobBatchesController, JobsController, JobVersionsController],
})
export class JobsApiModule {}
