import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { ConfigurationModule } from '../config/configuration.module.js';
import type { Role, Settings } from '../config/settings.js';
import { SchedulerModule } from '../engine/scheduler/scheduler.module.js';
import { WorkerModule } from '../engine/worker/worker.module.js';
import { WebhookLoopsModule } from '../engine/webhooks/webhook-loops.module.js';
import { WorkflowLoopsModule } from '../engine/workflows/workflow-loops.module.js';
import type { ExecutorRegistry } from '../executors/registry.js';
import { DashboardModule } from '../http/dashboard/dashboard.module.js';
import { JobsApiModule } from '../http/jobs-api/jobs-api.module.js';
import { SchedulerApiModule } from '../http/scheduler-api/scheduler-api.module.js';
import { HttpAuditModule } from '../http/shared/audit/http-audit.module.js';
import { ProbesModule } from '../http/shared/probes/probes.module.js';
import { AuthModule } from '../modules/auth/auth.module.js';
import { WebhooksModule } from '../modules/webhooks/webhooks.module.js';
import { WorkflowsModule } from '../modules/workflows/workflows.module.js';
import { DatabaseModule } from '../platform/database/database.module.js';
import { LoggingModule } from '../platform/logging/logging.module.js';
import { JobTypesModule } from './job-types.module.js';
import { ProbeSourcesModule } from './probe-sources.module.js';
import { tellRun } from './tell-run.js';

/** Connections of the hot path: claims, two settlements, two enqueues, two firings, leases, marks, and some air. */
const HOT_CONNECTIONS = 12;
const CONNECTIONS = 10;

/** Which parts each role runs. This is the only place that knows. */
const PARTS: Record<Role, { api: boolean; scheduler: boolean; worker: boolean }> = {
  all: { api: true, scheduler: true, worker: true },
  api: { api: true, scheduler: false, worker: false },
  scheduler: { api: false, scheduler: true, worker: false },
  worker: { api: false, scheduler: false, worker: true },
};

/** Whether a role serves the API and the dashboard. */
export const servesApi = ({ role }: Pick<Settings, 'role'>): boolean => PARTS[role].api;

/** The dialects of the public API. */
export const API_MODULES: Type[] = [SchedulerApiModule, JobsApiModule];

/** The composition of one process. Every role serves health and metrics. */
@Module({})
export class AppModule {
  static forRole(settings: Settings, databaseUrl: string, executors: ExecutorRegistry): DynamicModule {
    const parts = PARTS[settings.role];
    return {
      module: AppModule,
      imports: [
        ConfigurationModule.forRoot(settings),
        LoggingModule,
        DatabaseModule.forRoot({
          url: databaseUrl,
          hotConnections: HOT_CONNECTIONS,
          connections: CONNECTIONS,
        }),
        JobTypesModule.forRoot(executors),
        // Before the guards of AuthModule: what they refuse is recorded, too.
        ...(parts.api ? [HttpAuditModule] : []),
        AuthModule,
        ProbeSourcesModule,
        ProbesModule,
        // Runs are carried on wherever executions end: by a worker, the reaper, or a cancellation.
        WorkflowsModule,
        // Likewise what is told of their ends.
        WebhooksModule,
        ...(parts.api ? [...API_MODULES, DashboardModule] : []),
        ...(parts.scheduler ? [SchedulerModule, WorkflowLoopsModule] : []),
        ...(parts.worker ? [WorkerModule.forRoot(executors), WebhookLoopsModule.forRoot(tellRun)] : []),
      ],
    };
  }
}
