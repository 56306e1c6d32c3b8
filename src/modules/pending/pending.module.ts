import { Module } from '@nestjs/common';
import { ExecutionsModule } from '../executions/executions.module.js';
import { MonitoringModule } from '../monitoring/monitoring.module.js';
import { PendingReasons } from './pending-reasons.js';

/** Why executions have not started; owns no table. */
@Module({
  imports: [ExecutionsModule, MonitoringModule],
  providers: [PendingReasons],
  exports: [PendingReasons],
})
export class PendingModule {}
