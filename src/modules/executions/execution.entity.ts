import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ExecutionError, Json, Trace } from '../../domain/execution/outcome.js';
import type { ExecutionState, FailureKind, Trigger } from '../../domain/execution/state.js';

/** The record of one execution, for reading; the hot statements write it. */
@Entity('executions')
export class ExecutionEntity {
  @PrimaryColumn('uuid')
  id: string;

  @Column('uuid', { name: 'job_id' })
  jobId: string;

  @Column('integer', { name: 'job_version' })
  jobVersion: number;

  @Column('text')
  state: ExecutionState;

  @Column('text', { name: 'failure_kind', nullable: true })
  failureKind: FailureKind | null;

  @Column('text')
  trigger: Trigger;

  @Column('timestamptz', { name: 'scheduled_for', nullable: true })
  scheduledFor: Date | null;

  @Column('timestamptz', { name: 'available_at' })
  availableAt: Date;

  @Column('smallint')
  priority: number;

  @Column('integer')
  attempt: number;

  @Column('integer', { name: 'max_attempts' })
  maxAttempts: number;

  @Column('jsonb', { nullable: true })
  payload: Json;

  @Column('uuid', { name: 'retry_parent_id', nullable: true })
  retryParentId: string | null;

  @Column('text', { name: 'created_by', nullable: true })
  createdBy: string | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'started_at', nullable: true })
  startedAt: Date | null;

  @Column('timestamptz', { name: 'finished_at', nullable: true })
  finishedAt: Date | null;

  @Column('timestamptz', { name: 'cancel_requested_at', nullable: true })
  cancelRequestedAt: Date | null;

  @Column('text', { name: 'cancel_reason', nullable: true })
  cancelReason: string | null;

  @Column('jsonb', { nullable: true })
  output: Json;

  @Column('jsonb', { nullable: true })
  error: ExecutionError | null;

  @Column('jsonb', { nullable: true })
  trace: Trace | null;
}
