import { Module } from '@nestjs/common';
import { ExecutionsModule } from '../executions/executions.module.js';
import { JobsModule } from '../jobs/jobs.module.js';
import { RunsModule } from '../runs/runs.module.js';
import { BulkJobs } from './bulk-jobs.js';
import { ImportedDependencies } from './imported-dependencies.js';
import { JobImport } from './job-import.js';
import { LogClearing } from './log-clearing.js';
import { RetentionLogModule } from './retention-log.module.js';
import { SchedulerPause } from './scheduler-pause.js';

/** What admins do with the installation as a whole; owns scheduler_state. */
@Module({
  imports: [JobsModule, ExecutionsModule, RunsModule, RetentionLogModule],
  providers: [BulkJobs, ImportedDependencies, JobImport, LogClearing, SchedulerPause],
  exports: [BulkJobs, JobImport, LogClearing, RetentionLogModule, SchedulerPause],
})
export class AdminModule {}
