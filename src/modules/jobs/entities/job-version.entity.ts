import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { RunnableDefinition } from '../../../domain/job/definition.js';

/** A row of `job_versions`: a definition that held once; executions name the one they run. */
@Entity({ name: 'job_versions', synchronize: false })
export class JobVersionEntity {
  @PrimaryColumn({ name: 'job_id', type: 'uuid' })
  jobId: string;

  @PrimaryColumn({ type: 'integer' })
  version: number;

  @Column({ type: 'jsonb' })
  definition: RunnableDefinition;

  /** The definition without its configuration; null: kept before versions were whole. */
  @Column({ type: 'jsonb', nullable: true })
  snapshot: object | null;

  /** Runs that were made for the version before may be carried out by this one. */
  @Column({ name: 'backwards_compatible', type: 'boolean' })
  backwardsCompatible: boolean;

  @Column({ name: 'created_by', type: 'text', nullable: true })
  createdBy: string | null;

  @Column({ name: 'created_at', type: 'timestamptz', precision: 3 })
  createdAt: Date;
}
