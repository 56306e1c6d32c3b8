import { Module, type DynamicModule } from '@nestjs/common';
import { ExecutorRegistry } from '../../executors/registry.js';
import { CircuitsModule } from '../../modules/circuits/circuits.module.js';
import { ExecutionsModule } from '../../modules/executions/executions.module.js';
import { MonitoringModule } from '../../modules/monitoring/monitoring.module.js';
import { RunReportsModule } from '../../modules/run-reports/run-reports.module.js';
import { SecretsModule } from '../../modules/secrets/secrets.module.js';
import { EngineCoreModule } from '../engine-core.module.js';
import { WorkerService } from './worker.service.js';

/** The loops that run executions: role `worker`. */
@Module({})
export class WorkerModule {
  static forRoot(executors: ExecutorRegistry): DynamicModule {
    return {
      module: WorkerModule,
      imports: [
        CircuitsModule,
        EngineCoreModule,
        ExecutionsModule,
        MonitoringModule,
        RunReportsModule,
        SecretsModule,
      ],
      providers: [WorkerService, { provide: ExecutorRegistry, useValue: executors }],
      exports: [WorkerService],
    };
  }
}
