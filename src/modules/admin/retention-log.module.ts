import { Module } from '@nestjs/common';
import { RetentionLog } from './retention-log.js';

/** The runs of retention alone, for whoever shows them. */
@Module({ providers: [RetentionLog], exports: [RetentionLog] })
export class RetentionLogModule {}
