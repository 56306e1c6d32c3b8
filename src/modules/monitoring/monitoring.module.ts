import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { RetentionLogModule } from '../admin/retention-log.module.js';
import { JobEntity } from '../jobs/entities/job.entity.js';
import { Dashboard } from './dashboard.js';
import { EventsModule } from './events/events.module.js';
import { NodeEntity } from './node.entity.js';
import { Nodes } from './nodes.js';
import { QueueDepth } from './queue-depth.js';
import { Rollups } from './rollups.js';
import { Timeline } from './timeline.js';
import { UpcomingRuns } from './upcoming-runs.js';

/** What can be seen of the running system; owns nodes, the roll-ups and events. */
@Module({
  imports: [EventsModule, RetentionLogModule, TypeOrmModule.forFeature([NodeEntity, JobEntity])],
  providers: [Dashboard, Nodes, QueueDepth, Rollups, Timeline, UpcomingRuns],
  exports: [TypeOrmModule, Dashboard, EventsModule, Nodes, QueueDepth, Rollups, Timeline, UpcomingRuns],
})
export class MonitoringModule {}
