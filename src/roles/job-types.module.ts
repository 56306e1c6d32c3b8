import { Module, type DynamicModule } from '@nestjs/common';
import type { ExecutorRegistry } from '../executors/registry.js';
import { JOB_TYPE_CATALOG } from '../modules/jobs/job-type-catalog.js';
import { ExecutorJobTypes } from './job-types.js';

/** Tells the jobs module which types can be run here. */
@Module({})
export class JobTypesModule {
  static forRoot(executors: ExecutorRegistry): DynamicModule {
    return {
      module: JobTypesModule,
      global: true,
      providers: [{ provide: JOB_TYPE_CATALOG, useValue: new ExecutorJobTypes(executors) }],
      exports: [JOB_TYPE_CATALOG],
    };
  }
}
