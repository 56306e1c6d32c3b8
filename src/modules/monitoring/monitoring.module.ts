import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { NodeEntity } from './node.entity.js';
import { Nodes } from './nodes.js';
import { QueueDepth } from './queue-depth.js';
import { Rollups } from './rollups.js';

/** What can be seen of the running system; owns nodes. */
@Module({
  imports: [TypeOrmModule.forFeature([NodeEntity])],
  providers: [Nodes, QueueDepth, Rollups],
  exports: [TypeOrmModule, Nodes, QueueDepth, Rollups],
})
export class MonitoringModule {}
