import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { RetryPolicy } from '../../../domain/execution/retry.js';
import type { DependencyMode } from '../../../domain/job/dependencies.js';
import type { JobState, JobType } from '../../../domain/job/job-type.js';
import type { VersionPolicy } from '../../../domain/job/version-policy.js';
import type {
  Exclusions,
  MisfirePolicy,
  OverlapPolicy,
  Schedule,
} from '../../../domain/schedule/schedule.js';

/** How `jobs.successor` is written. */
export interface SuccessorColumn {
  kind: Schedule['kind'];
  cronExpression?: string;
  intervalSeconds?: number;
  /** ISO 8601. */
  anchorAt?: string;
  /** ISO 8601. */
  runAt?: string;
  timezone: string;
}

/** A row of `jobs`: a definition and its state. The clock stands apart in `JobClockEntity`. */
@Entity({ name: 'jobs', synchronize: false })
export class JobEntity {
  @PrimaryColumn('uuid')
  id: string;

  @Column({ name: 'project_id', type: 'text' })
  projectId: string;

  @Column({ type: 'text', nullable: true })
  slug: string | null;

  @Column({ type: 'integer' })
  version: number;

  /** Counts the changes of the row; a trigger raises it. */
  @Column({ type: 'integer' })
  revision: number;

  @Column({ type: 'text' })
  name: string;

  @Column({ type: 'text', nullable: true })
  description: string | null;

  @Column({ type: 'text' })
  type: JobType;

  /** JSON; typed loosely, since TypeORM's types cannot follow a recursive one. `definitionOf` reads it. */
  @Column({ type: 'jsonb' })
  configuration: object;

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

  @Column({ type: 'jsonb', nullable: true })
  successor: SuccessorColumn | null;

  @Column({ name: 'successor_from', type: 'timestamptz', precision: 3, nullable: true })
  successorFrom: Date | null;

  @Column({ name: 'start_at', type: 'timestamptz', precision: 3, nullable: true })
  startAt: Date | null;

  @Column({ name: 'end_at', type: 'timestamptz', precision: 3, nullable: true })
  endAt: Date | null;

  @Column({ type: 'jsonb', nullable: true })
  exclusions: Exclusions | null;

  @Column({ name: 'jitter_seconds', type: 'integer' })
  jitterSeconds: number;

  @Column({ name: 'misfire_policy', type: 'text' })
  misfirePolicy: MisfirePolicy;

  @Column({ name: 'misfire_grace_seconds', type: 'integer' })
  misfireGraceSeconds: number;

  @Column({ name: 'catchup_window_seconds', type: 'integer' })
  catchupWindowSeconds: number;

  @Column({ name: 'max_catchup_runs', type: 'integer' })
  maxCatchupRuns: number;

  @Column({ name: 'overlap_policy', type: 'text' })
  overlapPolicy: OverlapPolicy;

  @Column({ name: 'pause_after_failures', type: 'integer', nullable: true })
  pauseAfterFailures: number | null;

  @Column({ type: 'jsonb' })
  retry: RetryPolicy;

  @Column({ name: 'max_attempts', type: 'integer' })
  maxAttempts: number;

  @Column({ name: 'timeout_seconds', type: 'integer' })
  timeoutSeconds: number;

  @Column({ type: 'smallint' })
  priority: number;

  @Column({ name: 'max_concurrency', type: 'integer', nullable: true })
  maxConcurrency: number | null;

  @Column({ name: 'flow_controlled', type: 'boolean' })
  flowControlled: boolean;

  /** JSON, as `configuration`; null: none. */
  @Column({ name: 'flow_rules', type: 'jsonb', nullable: true })
  flowRules: object | null;

  @Column({ name: 'version_policy', type: 'text' })
  versionPolicy: VersionPolicy;

  @Column({ name: 'backwards_compatible', type: 'boolean' })
  backwardsCompatible: boolean;

  /** Null: it has no prerequisites. */
  @Column({ name: 'dependency_mode', type: 'text', nullable: true })
  dependencyMode: DependencyMode | null;

  @Column({ type: 'text', array: true })
  tags: string[];

  @Column({ name: 'group_id', type: 'text', nullable: true })
  groupId: string | null;

  @Column({ name: 'environment_id', type: 'text', nullable: true })
  environmentId: string | null;

  /** `RunRules`; typed loosely, as the configuration is. */
  @Column({ name: 'run_rules', type: 'jsonb' })
  rules: object;

  /** `Webhook`, its secrets sealed. */
  @Column({ type: 'jsonb', nullable: true })
  webhook: object | null;

  /** `PreviousSecret`, sealed. */
  @Column({ name: 'webhook_previous', type: 'jsonb', nullable: true })
  webhookPrevious: object | null;

  @Column({ type: 'text' })
  state: JobState;

  @Column({ name: 'created_by', type: 'text', nullable: true })
  createdBy: string | null;

  @Column({ name: 'updated_by', type: 'text', nullable: true })
  updatedBy: string | null;

  @Column({ name: 'created_at', type: 'timestamptz', precision: 3 })
  createdAt: Date;

  @Column({ name: 'updated_at', type: 'timestamptz', precision: 3 })
  updatedAt: Date;

  @Column({ name: 'deleted_at', type: 'timestamptz', precision: 3, nullable: true })
  deletedAt: Date | null;
}
