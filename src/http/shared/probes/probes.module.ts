import { Module } from '@nestjs/common';
import { HealthController } from './health.controller.js';
import { MetricsController } from './metrics.controller.js';

/** `/health/live`, `/health/ready`, `/metrics`. Needs `HEALTH_CHECKS` and `METRICS_REGISTRY` from a global module. */
@Module({ controllers: [HealthController, MetricsController] })
export class ProbesModule {}
