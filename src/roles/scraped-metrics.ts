import { Gauge, type Registry } from 'prom-client';
import type { Loops } from '../engine/loops.js';
import type { CircuitStore } from '../modules/circuits/circuit-store.js';
import type { QueueDepth } from '../modules/monitoring/queue-depth.js';
import type { WebhookQueue } from '../modules/webhooks/webhook-queue.js';
import type { EngineMetrics } from '../platform/metrics/engine-metrics.js';

/** Adds what is read only when somebody looks: the queue's depth, its oldest entry, the age of loops' rounds. */
export function observeOnScrape(
  metrics: EngineMetrics,
  depth: QueueDepth,
  loops: Loops,
  circuits: CircuitStore,
  webhooks: WebhookQueue,
): Registry {
  const registers = [metrics.registry];
  observeCircuits(metrics.registry, circuits);
  observeWebhooks(metrics.registry, webhooks);
  const oldest = new Gauge({
    name: 'carillon_queue_oldest_seconds',
    help: 'Age of the oldest execution that may start.',
    registers,
  });
  new Gauge({
    name: 'carillon_queue_depth',
    help: 'Executions by where they wait (ready, delayed, held, waiting, claimed).',
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

function observeCircuits(registry: Registry, circuits: CircuitStore): void {
  const registers = [registry];
  const waiting = new Gauge({
    name: 'carillon_circuit_waiting',
    help: 'Executions that wait for the circuit of an endpoint.',
    registers,
  });
  new Gauge({
    name: 'carillon_circuits',
    help: 'Circuits of endpoint origins that are not closed, by state (open, half_open).',
    labelNames: ['state'] as const,
    registers,
    async collect() {
      const known = await circuits.read();
      for (const state of ['open', 'half_open'] as const)
        this.set({ state }, known.filter((circuit) => circuit.state === state).length);
      waiting.set(known.reduce((sum, circuit) => sum + circuit.waiting, 0));
    },
  });
}

/** The deliveries that wait. */
function observeWebhooks(registry: Registry, webhooks: WebhookQueue): void {
  const registers = [registry];
  const oldestWebhook = new Gauge({
    name: 'carillon_webhook_oldest_seconds',
    help: 'Since when the oldest pending webhook delivery is tried.',
    registers,
  });
  new Gauge({
    name: 'carillon_webhook_pending',
    help: 'Webhook deliveries that have neither arrived nor failed for good.',
    registers,
    async collect() {
      const { pending, oldestSeconds } = await webhooks.backlog();
      this.set(pending);
      oldestWebhook.set(oldestSeconds);
    },
  });
}
