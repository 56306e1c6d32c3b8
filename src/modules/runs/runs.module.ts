import { Module } from '@nestjs/common';
import { ExecutionsModule } from '../executions/executions.module.js';
import { JobsModule } from '../jobs/jobs.module.js';
import { EventsModule } from '../monitoring/events/events.module.js';
import { JobTriggers } from './job-triggers.js';
import { PayloadRules } from './payload-rules.js';
import { RunLineage } from './run-lineage.js';
import { RunStreams } from './run-streams.js';
import { RunsService } from './runs.service.js';

/** Executions with what their callers asked for; owns idempotency_keys. */
@Module({
  imports: [ExecutionsModule, JobsModule, EventsModule],
  providers: [JobTriggers, PayloadRules, RunLineage, RunStreams, RunsService],
  exports: [JobTriggers, PayloadRules, RunStreams, RunsService],
})
export class RunsModule {}
