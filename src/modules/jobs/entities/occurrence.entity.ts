import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A row of `occurrences`: a stretch of due instants that did not become executions, and why. */
@Entity({ name: 'occurrences', synchronize: false })
export class OccurrenceEntity {
  @PrimaryColumn({ name: 'job_id', type: 'uuid' })
  jobId: string;

  @PrimaryColumn({ name: 'scheduled_for', type: 'timestamptz', precision: 3 })
  scheduledFor: Date;

  @Column({ type: 'timestamptz', precision: 3 })
  through: Date;

  /** Null: too many to count. */
  @Column({ type: 'integer', nullable: true })
  instants: number | null;

  @Column({ type: 'text' })
  result: 'skipped' | 'missed' | 'excluded';

  @Column({ type: 'text' })
  reason: string;

  @Column({ name: 'recorded_at', type: 'timestamptz', precision: 3 })
  recordedAt: Date;
}
