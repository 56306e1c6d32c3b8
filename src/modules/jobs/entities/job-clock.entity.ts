import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A row of `job_clocks`: when the job is due next. */
@Entity({ name: 'job_clocks', synchronize: false })
export class JobClockEntity {
  @PrimaryColumn({ name: 'job_id', type: 'uuid' })
  jobId: string;

  @Column({ name: 'next_run_at', type: 'timestamptz', precision: 3, nullable: true })
  nextRunAt: Date | null;

  @Column({ name: 'paused_run_at', type: 'timestamptz', precision: 3, nullable: true })
  pausedRunAt: Date | null;

  @Column({ name: 'late_until', type: 'timestamptz', precision: 3, nullable: true })
  lateUntil: Date | null;

  /** Up to here every due instant is an execution or on record in occurrences. */
  @Column({ name: 'accounted_until', type: 'timestamptz', precision: 3, nullable: true })
  accountedUntil: Date | null;

  /** The last instant was fired; with no next one the job is completed, and its row follows a moment later. */
  @Column({ type: 'boolean', default: false })
  ended: boolean;

  /** A bigint, so it comes as text. */
  @Column({ name: 'schedule_version', type: 'bigint' })
  scheduleVersion: string;
}
