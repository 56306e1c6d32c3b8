import { Module } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { AuditModule } from '../../../modules/audit/audit.module.js';
import { JobsModule } from '../../../modules/jobs/jobs.module.js';
import { SecretsModule } from '../../../modules/secrets/secrets.module.js';
import { WorkflowsModule } from '../../../modules/workflows/workflows.module.js';
import { AuditTrail } from './audit-trail.js';
import { AuditGuard } from './audit.guard.js';
import { AuditInterceptor } from './audit.interceptor.js';
import { AuditedTargets } from './audited-targets.js';

/** Records every mutating call of every dialect. Import it before the AuthModule: its guard must see refusals. */
@Module({
  imports: [AuditModule, JobsModule, SecretsModule, WorkflowsModule],
  providers: [
    AuditTrail,
    AuditedTargets,
    { provide: APP_GUARD, useClass: AuditGuard },
    { provide: APP_INTERCEPTOR, useClass: AuditInterceptor },
  ],
})
export class HttpAuditModule {}
