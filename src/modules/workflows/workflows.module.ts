import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ExecutionsModule } from '../executions/executions.module.js';
import { JobsModule } from '../jobs/jobs.module.js';
import { WorkflowRunEntity } from './entities/workflow-run.entity.js';
import { WorkflowVersionEntity } from './entities/workflow-version.entity.js';
import { WorkflowEntity } from './entities/workflow.entity.js';
import { RunCanceller } from './run-canceller.js';
import { RunMaintenance } from './run-maintenance.js';
import { RunProgress } from './run-progress.js';
import { RunStarter } from './run-starter.js';
import { StepFollower } from './step-follower.js';
import { StepStarter } from './step-starter.js';
import { WorkflowClock } from './workflow-clock.js';
import { WorkflowGraphs } from './workflow-graphs.js';
import { WorkflowRuns } from './workflow-runs.js';
import { WorkflowViews } from './workflow-views.js';
import { WorkflowsService } from './workflows.service.js';

/**
 * Graphs of jobs and their runs; owns workflows, workflow_versions, workflow_runs and workflow_steps. Every
 * process that ends executions needs it: runs are carried on in the transaction of the end.
 */
@Module({
  imports: [
    TypeOrmModule.forFeature([WorkflowEntity, WorkflowVersionEntity, WorkflowRunEntity]),
    ExecutionsModule,
    JobsModule,
  ],
  providers: [
    RunCanceller,
    RunMaintenance,
    RunProgress,
    RunStarter,
    StepFollower,
    StepStarter,
    WorkflowClock,
    WorkflowGraphs,
    WorkflowRuns,
    WorkflowViews,
    WorkflowsService,
  ],
  exports: [RunMaintenance, WorkflowClock, WorkflowRuns, WorkflowViews, WorkflowsService],
})
export class WorkflowsModule {}
