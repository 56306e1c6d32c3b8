import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { RunState } from '../../../domain/workflow/progress.js';

/** A row of `workflow_runs`. */
@Entity({ name: 'workflow_runs', synchronize: false })
export class WorkflowRunEntity {
  @PrimaryColumn('uuid')
  id: string;

  @Column({ name: 'workflow_id', type: 'uuid' })
  workflowId: string;

  @Column({ type: 'integer' })
  version: number;

  @Column({ type: 'text' })
  state: RunState;

  @Column({ type: 'text' })
  trigger: 'manual' | 'schedule';

  @Column({ name: 'scheduled_for', type: 'timestamptz', precision: 3, nullable: true })
  scheduledFor: Date | null;

  @Column({ name: 'open_steps', type: 'integer' })
  openSteps: number;

  @Column({ name: 'cancel_requested_at', type: 'timestamptz', precision: 3, nullable: true })
  cancelRequestedAt: Date | null;

  @Column({ name: 'cancel_reason', type: 'text', nullable: true })
  cancelReason: string | null;

  @Column({ name: 'created_by', type: 'text' })
  createdBy: string;

  @Column({ name: 'created_at', type: 'timestamptz', precision: 3 })
  createdAt: Date;

  @Column({ name: 'finished_at', type: 'timestamptz', precision: 3, nullable: true })
  finishedAt: Date | null;
}
