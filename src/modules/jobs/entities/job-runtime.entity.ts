import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A row of `job_runtime`: what executions tell about their job. The engine writes it at settling. */
@Entity({ name: 'job_runtime', synchronize: false })
export class JobRuntimeEntity {
  @PrimaryColumn({ name: 'job_id', type: 'uuid' })
  jobId: string;

  @Column({ name: 'last_run_at', type: 'timestamptz', precision: 3, nullable: true })
  lastRunAt: Date | null;

  @Column({ name: 'consecutive_failures', type: 'integer' })
  consecutiveFailures: number;

  @Column({ type: 'boolean' })
  followed: boolean;
}
