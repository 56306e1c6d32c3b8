import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ExecutionsModule } from '../executions/executions.module.js';
import { SecretsModule } from '../secrets/secrets.module.js';
import { JobClockEntity } from './entities/job-clock.entity.js';
import { JobRuntimeEntity } from './entities/job-runtime.entity.js';
import { JobVersionEntity } from './entities/job-version.entity.js';
import { JobEntity } from './entities/job.entity.js';
import { OccurrenceEntity } from './entities/occurrence.entity.js';
import { JobBatches } from './job-batches.js';
import { JobChecks } from './job-checks.js';
import { JobDependenciesService } from './job-dependencies.js';
import { JobDependencyLinks } from './job-dependency-links.js';
import { JobLifecycle } from './job-lifecycle.js';
import { JobStore } from './job-store.js';
import { JobVersions } from './job-versions.js';
import { JobViews } from './job-views.js';
import { JobsService } from './jobs.service.js';
import { PayloadSchemas } from './payload-schemas.js';
import { OccurrenceLedger } from './occurrence-ledger.js';

/**
 * Definitions of jobs and their clocks; owns jobs, job_versions, job_clocks, job_runtime and occurrences.
 * Needs a global provider of JOB_TYPE_CATALOG and the DatabaseModule.
 */
@Module({
  imports: [
    TypeOrmModule.forFeature([
      JobEntity,
      JobVersionEntity,
      JobClockEntity,
      JobRuntimeEntity,
      OccurrenceEntity,
    ]),
    ExecutionsModule,
    SecretsModule,
  ],
  providers: [
    JobBatches,
    JobChecks,
    JobDependenciesService,
    JobDependencyLinks,
    JobLifecycle,
    JobStore,
    JobVersions,
    JobViews,
    JobsService,
    OccurrenceLedger,
    PayloadSchemas,
  ],
  exports: [
    TypeOrmModule,
    JobBatches,
    JobChecks,
    JobStore,
    JobDependenciesService,
    JobDependencyLinks,
    JobLifecycle,
    JobVersions,
    JobViews,
    JobsService,
    OccurrenceLedger,
    PayloadSchemas,
  ],
})
export class JobsModule {}
