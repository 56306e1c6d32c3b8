import { Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { AdminModule } from '../../modules/admin/admin.module.js';
import { AuditModule } from '../../modules/audit/audit.module.js';
import { ExecutionsModule } from '../../modules/executions/executions.module.js';
import { MonitoringModule } from '../../modules/monitoring/monitoring.module.js';
import { EngineCoreModule } from '../engine-core.module.js';
import { Reaper } from '../reaper/reaper.js';
import { ReaperService } from '../reaper/reaper.service.js';
import { Retention } from '../retention/retention.js';
import { RetentionService } from '../retention/retention.service.js';
import { RollupService } from '../rollups/rollup.service.js';
import { EndedSchedules } from './ended-schedules.js';
import { FiringRepository } from './firing-repository.js';
import { Registrations } from './registrations.js';
import { SchedulerService } from './scheduler.service.js';

/** The clock and the maintenance loops: role `scheduler`. */
@Module({
  imports: [
    ScheduleModule.forRoot(),
    AdminModule,
    AuditModule,
    EngineCoreModule,
    ExecutionsModule,
    MonitoringModule,
  ],
  providers: [
    EndedSchedules,
    FiringRepository,
    Registrations,
    SchedulerService,
    Reaper,
    ReaperService,
    Retention,
    RetentionService,
    RollupService,
  ],
  exports: [SchedulerService],
})
export class SchedulerModule {}
