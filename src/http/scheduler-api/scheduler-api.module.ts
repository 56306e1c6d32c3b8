import { Module } from '@nestjs/common';
import { AdminModule } from '../../modules/admin/admin.module.js';
import { AuditModule } from '../../modules/audit/audit.module.js';
import { CircuitsModule } from '../../modules/circuits/circuits.module.js';
import { ExecutionsModule } from '../../modules/executions/executions.module.js';
import { JobsModule } from '../../modules/jobs/jobs.module.js';
import { PendingModule } from '../../modules/pending/pending.module.js';
import { RunsModule } from '../../modules/runs/runs.module.js';
import { SecretsModule } from '../../modules/secrets/secrets.module.js';
import { MonitoringModule } from '../../modules/monitoring/monitoring.module.js';
import { WorkflowsModule } from '../../modules/workflows/workflows.module.js';
import { AdminController } from './admin/admin.controller.js';
import { AuditController } from './admin/audit.controller.js';
import { BulkJobsController } from './admin/bulk-jobs.controller.js';
import { CircuitsController } from './admin/circuits.controller.js';
import { TransferController } from './admin/transfer.controller.js';
import { ExecutionLogsController } from './executions/execution-logs.controller.js';
import { ExecutionsController } from './executions/executions.controller.js';
import { JobActionsController } from './jobs/job-actions.controller.js';
import { JobDependenciesController } from './jobs/job-dependencies.controller.js';
import { JobExclusionsController } from './jobs/job-exclusions.controller.js';
import { JobsController } from './jobs/jobs.controller.js';
import { EventsController } from './monitoring/events.controller.js';
import { MonitoringController } from './monitoring/monitoring.controller.js';
import { OccurrencesController } from './occurrences/occurrences.controller.js';
import { WorkflowRunsController } from './workflows/workflow-runs.controller.js';
import { WorkflowsController } from './workflows/workflows.controller.js';
import { SecretsController } from './secrets/secrets.controller.js';

/** The dialect `/api/v1/scheduler`. */
@Module({
  imports: [
    AdminModule,
    AuditModule,
    CircuitsModule,
    JobsModule,
    PendingModule,
    ExecutionsModule,
    MonitoringModule,
    PendingModule,
    WorkflowsModule,
    SecretsModule,
    RunsModule,
  ],
  controllers: [
    AdminController,
    AuditController,
    CircuitsController,
    TransferController,
    BulkJobsController,
    JobsController,
    JobActionsController,
    JobDependenciesController,
    JobExclusionsController,
    EventsController,
    MonitoringController,
    OccurrencesController,
    ExecutionsController,
    ExecutionLogsController,
    WorkflowsController,
    WorkflowRunsController,
    SecretsController,
  ],
})
export class SchedulerApiModule {}
