import { Global, Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { EngineCoreModule } from '../engine/engine-core.module.js';
import { Loops } from '../engine/loops.js';
import { HEALTH_CHECKS, METRICS_REGISTRY, type HealthCheck } from '../http/shared/probes/probes.js';
import { CircuitStore } from '../modules/circuits/circuit-store.js';
import { CircuitsModule } from '../modules/circuits/circuits.module.js';
import { MonitoringModule } from '../modules/monitoring/monitoring.module.js';
import { QueueDepth } from '../modules/monitoring/queue-depth.js';
import { WebhookQueue } from '../modules/webhooks/webhook-queue.js';
import { WebhooksModule } from '../modules/webhooks/webhooks.module.js';
import { EngineMetrics } from '../platform/metrics/engine-metrics.js';
import { observeOnScrape } from './scraped-metrics.js';

/** What health and metrics of this process look at. */
@Global()
@Module({
  imports: [CircuitsModule, EngineCoreModule, MonitoringModule, WebhooksModule],
  providers: [
    { provide: HEALTH_CHECKS, useFactory: healthChecks, inject: [DataSource, Loops, CircuitStore] },
    {
      provide: METRICS_REGISTRY,
      useFactory: observeOnScrape,
      inject: [EngineMetrics, QueueDepth, Loops, CircuitStore, WebhookQueue],
    },
  ],
  exports: [HEALTH_CHECKS, METRICS_REGISTRY],
})
export class ProbeSourcesModule {}

function healthChecks(dataSource: DataSource, loops: Loops, circuits: CircuitStore): HealthCheck[] {
  return [
    {
      name: 'database',
      check: async () => {
        await dataSource.query('SELECT 1');
        return { ok: true };
      },
    },
    {
      name: 'migrations',
      check: async () => {
        const [row] = await dataSource.query<{ applied: number }[]>(
          'SELECT count(*)::integer AS applied FROM carillon_migrations',
        );
        return { ok: (row?.applied ?? 0) > 0, detail: `${row?.applied ?? 0} applied` };
      },
    },
    {
      name: 'circuits',
      // Endpoints that are away are no fault of this process; which they are is not for everybody.
      check: async () => {
        const open = (await circuits.known()).circuits.length;
        return { ok: true, detail: `${open} open` };
      },
    },
    {
      name: 'loops',
      check: () => {
        const late = loops
          .all()
          .filter((loop) => !loop.healthy)
          .map((loop) => loop.name);
        return Promise.resolve({
          ok: late.length === 0,
          detail: late.length > 0 ? `not working: ${late.join(', ')}` : undefined,
        });
      },
    },
  ];
}
