import { Module } from '@nestjs/common';
import { AdminModule } from '../../modules/admin/admin.module.js';
import { ExecutionsModule } from '../../modules/executions/executions.module.js';
import { JobsModule } from '../../modules/jobs/jobs.module.js';
import { AdminController } from './admin/admin.controller.js';
import { BulkJobsController } from './admin/bulk-jobs.controller.js';
import { ExecutionsController } from './executions/executions.controller.js';
import { JobActionsController } from './jobs/job-actions.controller.js';
import { JobExclusionsController } from './jobs/job-exclusions.controller.js';
import { JobsController } from './jobs/jobs.controller.js';
import { OccurrencesController } from './occurrences/occurrences.controller.js';

/** The dialect `/api/v1/scheduler`. */
@Module({
  imports: [AdminModule, JobsModule, ExecutionsModule],
  controllers: [
    AdminController,
    BulkJobsController,
    JobsController,
    JobActionsController,
    JobExclusionsController,
    OccurrencesController,
    ExecutionsController,
  ],
})
export class SchedulerApiModule {}
