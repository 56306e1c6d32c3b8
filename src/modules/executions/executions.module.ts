import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AttemptEntity } from './attempt.entity.js';
import { Canceller } from './canceller.js';
import { ClaimQueue } from './claim-queue.js';
import { Consequences } from './consequences.js';
import { Enqueuer } from './enqueuer.js';
import { ExecutionPages } from './execution-pages.js';
import { ExecutionPurge } from './execution-purge.js';
import { ExecutionHistory } from './execution-history.js';
import { ExecutionLogs } from './execution-logs.js';
import { ExecutionSearch } from './execution-search.js';
import { ExecutionEntity } from './execution.entity.js';
import { ExecutionsService } from './executions.service.js';
import { FlowControl } from './flow-control.js';
import { FlowEnqueuer } from './flow-enqueuer.js';
import { HandOver } from './hand-over.js';
import { Prerequisites } from './prerequisites.js';
import { QueueHold } from './queue-hold.js';
import { Rescuer } from './rescuer.js';
import { Settlement } from './settlement.js';

/**
 * The record of executions and the queue; owns executions, attempts, ready, held, claims, flow_slots, prerequisites,
 * waiting_executions.
 */
@Module({
  imports: [TypeOrmModule.forFeature([ExecutionEntity, AttemptEntity])],
  providers: [
    Canceller,
    ClaimQueue,
    Consequences,
    Enqueuer,
    ExecutionHistory,
    ExecutionLogs,
    ExecutionSearch,
    ExecutionPages,
    ExecutionPurge,
    ExecutionsService,
    FlowControl,
    FlowEnqueuer,
    HandOver,
    Prerequisites,
    QueueHold,
    Rescuer,
    Settlement,
  ],
  exports: [
    TypeOrmModule,
    ExecutionLogs,
    ExecutionSearch,
    Canceller,
    ClaimQueue,
    Consequences,
    Enqueuer,
    ExecutionPurge,
    ExecutionsService,
    FlowControl,
    FlowEnqueuer,
    HandOver,
    Prerequisites,
    QueueHold,
    Rescuer,
    Settlement,
  ],
})
export class ExecutionsModule {}
