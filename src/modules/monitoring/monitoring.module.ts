import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AdminModule } from '../admin/admin.module.js';
import { JobEntity } from '../jobs/entities/job.entity.js';
import { Dashboard } from './dashboard.js';
import { EventLog } from './events/event-log.js';
import { EventPulse } from './events/event-pulse.js';
import { EventStreams } from './events/event-streams.js';
import { NodeEntity } from './node.entity.js';
import { Nodes } from './nodes.js';
import { QueueDepth } from './queue-depth.js';
import { Rollups } from './rollups.js';
import { Timeline } from './timeline.js';
import { UpcomingRuns } from './upcoming-runs.js';

/** What can be seen of the running system; owns nodes, the roll-ups and events. */
@Module({
  imports: [AdminModule, TypeOrmModule.forFeature([NodeEntity, JobEntity])],
  providers: [
    Dashboard,
    EventLog,
    EventPulse,
    EventStreams,
    Nodes,
    QueueDepth,
    Rollups,
    Timeline,
    UpcomingRuns,
  ],
  exports: [TypeOrmModule, Dashboard, EventLog, EventStreams, Nodes, QueueDepth, Rollups, Timeline],
})
export class MonitoringModule {}
