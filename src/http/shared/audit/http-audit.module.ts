import { Module } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { AuditModule } from '../../../modules/audit/audit.module.js';
import { JobsModule } from '../../../modules/jobs/jobs.module.js';
import { AuditTrail } from './audit-trail.js';
import { AuditGuard } from './audit.guard.js';
import { AuditInterceptor } from './audit.interceptor.js';

/** Records every mutating call of every dialect. Import it before the AuthModule: its guard must see refusals. */
@Module({
  imports: [AuditModule, JobsModule],
  providers: [
    AuditTrail,
    { provide: APP_GUARD, useClass: AuditGuard },
    { provide: APP_INTERCEPTOR, useClass: AuditInterceptor },
  ],
})
export class HttpAuditModule {}
