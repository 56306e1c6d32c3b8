import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ExecutionError, Trace } from '../../domain/execution/outcome.js';
import type { FailureKind } from '../../domain/execution/state.js';

/** An attempt that failed, was retried or rescued, or was the last of several. */
@Entity('attempts')
export class AttemptEntity {
  @PrimaryColumn('uuid', { name: 'execution_id' })
  executionId: string;

  @PrimaryColumn('integer')
  attempt: number;

  @Column('timestamptz', { name: 'started_at', nullable: true })
  startedAt: Date | null;

  @Column('timestamptz', { name: 'finished_at' })
  finishedAt: Date;

  @Column('text')
  outcome: 'succeeded' | 'failed' | 'cancelled';

  @Column('text', { name: 'failure_kind', nullable: true })
  failureKind: FailureKind | null;

  @Column('jsonb', { nullable: true })
  error: ExecutionError | null;

  @Column('jsonb', { nullable: true })
  trace: Trace | null;

  @Column('uuid', { nullable: true })
  worker: string | null;
}
