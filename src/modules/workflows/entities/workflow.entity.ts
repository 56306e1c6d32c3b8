import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Schedule } from '../../../domain/schedule/schedule.js';

/** A row of `workflows`. Its graph stands in `WorkflowVersionEntity`. */
@Entity({ name: 'workflows', synchronize: false })
export class WorkflowEntity {
  @PrimaryColumn('uuid')
  id: string;

  @Column({ name: 'project_id', type: 'text' })
  projectId: string;

  @Column({ type: 'integer' })
  version: number;

  @Column({ type: 'text' })
  name: string;

  @Column({ type: 'text', nullable: true })
  description: string | null;

  @Column({ name: 'schedule_kind', type: 'text' })
  scheduleKind: Schedule['kind'];

  @Column({ name: 'cron_expression', type: 'text', nullable: true })
  cronExpression: string | null;

  @Column({ name: 'interval_seconds', type: 'integer', nullable: true })
  intervalSeconds: number | null;

  @Column({ name: 'anchor_at', type: 'timestamptz', precision: 3, nullable: true })
  anchorAt: Date | null;

  @Column({ name: 'run_at', type: 'timestamptz', precision: 3, nullable: true })
  runAt: Date | null;

  @Column({ type: 'text' })
  timezone: string;

  @Column({ name: 'next_run_at', type: 'timestamptz', precision: 3, nullable: true })
  nextRunAt: Date | null;

  @Column({ name: 'created_by', type: 'text' })
  createdBy: string;

  @Column({ name: 'updated_by', type: 'text' })
  updatedBy: string;

  @Column({ name: 'created_at', type: 'timestamptz', precision: 3 })
  createdAt: Date;

  @Column({ name: 'updated_at', type: 'timestamptz', precision: 3 })
  updatedAt: Date;

  @Column({ name: 'deleted_at', type: 'timestamptz', precision: 3, nullable: true })
  deletedAt: Date | null;
}
