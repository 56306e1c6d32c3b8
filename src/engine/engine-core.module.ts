import { Module } from '@nestjs/common';
import { EngineMetrics } from '../platform/metrics/engine-metrics.js';
import { Loops } from './loops.js';

/** What all loops share. */
@Module({
  providers: [Loops, EngineMetrics],
  exports: [Loops, EngineMetrics],
})
export class EngineCoreModule {}
