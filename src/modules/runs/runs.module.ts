import { Module } from '@nestjs/common';
import { ExecutionsModule } from '../executions/executions.module.js';
import { JobsModule } from '../jobs/jobs.module.js';
import { JobTriggers } from './job-triggers.js';
import { PayloadRules } from './payload-rules.js';
import { RunsService } from './runs.service.js';

/** Executions with what their callers asked for; owns idempotency_keys. */
@Module({
  imports: [ExecutionsModule, JobsModule],
  providers: [JobTriggers, PayloadRules, RunsService],
  exports: [JobTriggers, PayloadRules, RunsService],
})
export class RunsModule {}
