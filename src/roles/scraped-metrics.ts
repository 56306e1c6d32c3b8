import { Gauge, type Registry } from 'prom-client';
import type { Loops } from '../engine/loops.js';
import type { QueueDepth } from '../modules/monitoring/queue-depth.js';
import type { EngineMetrics } from '../platform/metrics/engine-metrics.js';

/** Adds what is read only when somebody looks: the queue's depth, its oldest entry, the age of loops' rounds. */
export function observeOnScrape(metrics: EngineMetrics, depth: QueueDepth, loops: Loops): Registry {
  const registers = [metrics.registry];
  const oldest = new Gauge({
    name: 'carillon_queue_oldest_seconds',
    help: 'Age of the oldest execution that may start.',
    registers,
  });
  new Gauge({
    name: 'carillon_queue_depth',
    help: 'Executions by where they wait (ready, delayed, held, claimed).',
    labelNames: ['place'] as const,
    registers,
    async collect() {
      const { oldestSeconds, ...places } = await depth.read();
      for (const [place, count] of Object.entries(places)) this.set({ place }, count);
      oldest.set(oldestSeconds);
      for (const loop of loops.all()) metrics.loopLag.set({ loop: loop.name }, loop.lagMs / 1000);
    },
  });
  return metrics.registry;
}
