import { Module } from '@nestjs/common';
import { ExecutionsModule } from '../../modules/executions/executions.module.js';
import { JobsModule } from '../../modules/jobs/jobs.module.js';
import { ExecutionsController } from './executions/executions.controller.js';
import { JobActionsController } from './jobs/job-actions.controller.js';
import { JobsController } from './jobs/jobs.controller.js';

/** The dialect `/api/v1/scheduler`. */
@Module({
  imports: [JobsModule, ExecutionsModule],
  controllers: [JobsController, JobActionsController, ExecutionsController],
})
export class SchedulerApiModule {}
