import { Module } from '@nestjs/common';
import { SETTINGS } from '../../config/configuration.module.js';
import { jwtSecret, secretsKey } from '../../config/secrets.js';
import type { Settings } from '../../config/settings.js';
import { AdminSessions } from '../../modules/auth/admin-sessions.js';
import { AuthModule } from '../../modules/auth/auth.module.js';
import { ExecutionsModule } from '../../modules/executions/executions.module.js';
import { JobsModule } from '../../modules/jobs/jobs.module.js';
import { MonitoringModule } from '../../modules/monitoring/monitoring.module.js';
import { PendingModule } from '../../modules/pending/pending.module.js';
import { AssetsController } from './assets/assets.controller.js';
import { ExecutionsController } from './executions/executions.controller.js';
import { HangfireController } from './hangfire.controller.js';
import { JobsController } from './jobs/jobs.controller.js';
import { OverviewController } from './overview/overview.controller.js';
import { Overview } from './overview/overview.js';
import { LoginController } from './session/login.controller.js';

/** The dashboard for administrators in a browser: server-rendered pages that only read. */
@Module({
  imports: [AuthModule, ExecutionsModule, JobsModule, MonitoringModule, PendingModule],
  controllers: [
    AssetsController,
    ExecutionsController,
    HangfireController,
    JobsController,
    LoginController,
    OverviewController,
  ],
  providers: [Overview, { provide: AdminSessions, inject: [SETTINGS], useFactory: adminSessions }],
})
export class DashboardModule {}

/** Sessions end when the secret that tokens are signed with is replaced, or another provider named. */
function adminSessions(settings: Settings): AdminSessions {
  return new AdminSessions(secretsKey(settings), settings.jwt.jwksUrl ?? jwtSecret(settings));
}
