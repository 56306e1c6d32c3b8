import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { WorkflowDefinition } from '../../../domain/workflow/graph.js';

/** A row of `workflow_versions`: a graph that held once; runs name the one they follow. */
@Entity({ name: 'workflow_versions', synchronize: false })
export class WorkflowVersionEntity {
  @PrimaryColumn({ name: 'workflow_id', type: 'uuid' })
  workflowId: string;

  @PrimaryColumn({ type: 'integer' })
  version: number;

  @Column({ type: 'jsonb' })
  definition: WorkflowDefinition;

  @Column({ name: 'created_by', type: 'text' })
  createdBy: string;

  @Column({ name: 'created_at', type: 'timestamptz', precision: 3 })
  createdAt: Date;
}
