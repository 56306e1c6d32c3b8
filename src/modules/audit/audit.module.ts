import { Module } from '@nestjs/common';
import { AuditLog } from './audit-log.js';

/** Who changed what; owns audit_log. */
@Module({ providers: [AuditLog], exports: [AuditLog] })
export class AuditModule {}
