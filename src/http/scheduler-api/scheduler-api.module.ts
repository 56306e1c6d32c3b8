import { Module } from '@nestjs/common';
import { AdminModule } from '../../modules/admin/admin.module.js';
import { AuditModule } from '../../modules/audit/audit.module.js';
import { ExecutionsModule } from '../../modules/executions/executions.module.js';
import { JobsModule } from '../../modules/jobs/jobs.module.js';
import { WorkflowsModule } from '../../modules/workflows/workflows.module.js';
import { AdminController } from './admin/admin.controller.js';
import { AuditController } from './admin/audit.controller.js';
import { BulkJobsController } from './admin/bulk-jobs.controller.js';
import { ExecutionsController } from './executions/executions.controller.js';
import { JobActionsController } from './jobs/job-actions.controller.js';
import { JobExclusionsController } from './jobs/job-exclusions.controller.js';
import { JobsController } from './jobs/jobs.controller.js';
import { OccurrencesController } from './occurrences/occurrences.controller.js';
import { WorkflowRunsController } from './workflows/workflow-runs.controller.js';
import { WorkflowsController } from './workflows/workflows.controller.js';

/** The dialect `/api/v1/scheduler`. */
@Module({
  imports: [AdminModule, AuditModule, JobsModule, ExecutionsModule, WorkflowsModule],
  controllers: [
    AdminController,
    AuditController,
    BulkJobsController,
    JobsController,
    JobActionsController,
    JobExclusionsController,
    OccurrencesController,
    ExecutionsController,
    WorkflowsController,
    WorkflowRunsController,
  ],
})
export class SchedulerApiModule {}
