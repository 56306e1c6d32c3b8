import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** What the loops measure. One registry a process; `/metrics` shows it. */
export class EngineMetrics {
  readonly registry = new Registry();

  readonly executions = new Counter({
    name: 'carillon_executions_total',
    help: 'Attempts settled by this process, by outcome (succeeded, failed, cancelled, retried, refused).',
    labelNames: ['outcome'] as const,
    registers: [this.registry],
  });

  readonly pickup = new Histogram({
    name: 'carillon_pickup_seconds',
    help: 'From the instant an execution may start to its start.',
    buckets: SECONDS,
    registers: [this.registry],
  });

  readonly duration = new Histogram({
    name: 'carillon_execution_duration_seconds',
    help: 'Duration of attempts.',
    buckets: SECONDS,
    registers: [this.registry],
  });

  readonly lateness = new Histogram({
    name: 'carillon_schedule_lateness_seconds',
    help: 'From the nominal instant to its recorded firing.',
    buckets: SECONDS,
    registers: [this.registry],
  });

  readonly occurrences = new Counter({
    name: 'carillon_occurrences_total',
    help: 'Due instants handled by this process, by result (fired, skipped, missed, excluded).',
    labelNames: ['result'] as const,
    registers: [this.registry],
  });

  readonly rescued = new Counter({
    name: 'carillon_rescued_total',
    help: 'Executions taken back from lost workers, by what became of them (requeued, failed, cancelled).',
    labelNames: ['result'] as const,
    registers: [this.registry],
  });

  readonly webhooks = new Counter({
    name: 'carillon_webhook_attempts_total',
    help: 'Attempts of this process at webhook deliveries, by outcome (delivered, retried, failed, refused).',
    labelNames: ['outcome'] as const,
    registers: [this.registry],
  });

  readonly running = new Gauge({
    name: 'carillon_running',
    help: 'Executions that run in this process.',
    registers: [this.registry],
  });

  readonly armed = new Gauge({
    name: 'carillon_armed_registrations',
    help: 'Jobs armed in the scheduler registry of this process.',
    registers: [this.registry],
  });

  readonly loopLag = new Gauge({
    name: 'carillon_loop_lag_seconds',
    help: 'Seconds since each loop of this process last finished a round.',
    labelNames: ['loop'] as const,
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }
}
