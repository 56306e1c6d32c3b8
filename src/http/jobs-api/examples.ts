import type { CreateJobDto } from './jobs/job-fields.dto.js';
import type { BulkTriggeredDto, RunDto, TriggeredRunDto } from './runs/run.dto.js';
import type { JobDto, JobVersionDto } from './jobs/job.dto.js';

/** Requests and answers as the OpenAPI document shows them; they all belong to one story. */

export const JOB_REQUEST: Pick<
  CreateJobDto,
  'project_id' | 'name' | 'slug' | 'endpoint_url' | 'cron' | 'tags'
> = {
  project_id: 'default',
  name: 'Sync inventory',
  slug: 'sync-inventory',
  endpoint_url: 'https://your-service.example.com/jobs/sync',
  cron: '0 7 * * 1-5',
  tags: { team: 'stock' },
};

export const BATCH_REQUEST = [
  { ...JOB_REQUEST, slug: 'sync-leeds', name: 'Sync Leeds' },
  { ...JOB_REQUEST, slug: 'sync-york', name: 'Sync York' },
];

export const JOB_UPDATE = { cron: '0 8 * * *', tags: { team: 'stock', urgency: 'high' } };

export const CLONE_REQUEST = { name: 'Sync inventory, again', slug: 'sync-inventory-again', enabled: false };

export const JOB_EXAMPLE: JobDto = {
  id: '01986f3e-6d3b-7c4e-9c1f-3a5b7d9e1f20',
  project_id: 'default',
  group_id: null,
  environment_id: null,
  name: 'Sync inventory',
  slug: 'sync-inventory',
  description: null,
  cron: '0 7 * * 1-5',
  payload_schema: null,
  tags: { team: 'stock' },
  endpoint_url: 'https://your-service.example.com/jobs/sync',
  fallback_endpoint_url: null,
  max_attempts: 3,
  timeout_secs: 300,
  run_ttl_secs: null,
  webhook_url: null,
  webhook_secret: null,
  timezone: 'UTC',
  max_concurrency: null,
  max_concurrency_per_key: null,
  rate_limit_max: null,
  rate_limit_window_secs: null,
  rate_limit_keys: [],
  execution_window_cron: null,
  priority: 0,
  default_run_metadata: {},
  dedup_window_secs: null,
  enabled: true,
  retry_strategy: 'exponential',
  retry_delays_secs: null,
  version: 1,
  version_id: '6b3f2c0e-1d2a-5c4b-9f8e-7a6b5c4d3e2f',
  version_policy: 'pin',
  backwards_compatible: true,
  created_by: 'ops-team',
  updated_by: 'ops-team',
  created_at: '2030-01-04T09:15:00.000Z',
  updated_at: '2030-01-04T09:15:00.000Z',
};

export const VERSION_EXAMPLE: JobVersionDto = {
  id: JOB_EXAMPLE.version_id,
  job_id: JOB_EXAMPLE.id,
  version: 1,
  name: JOB_EXAMPLE.name,
  slug: JOB_EXAMPLE.slug,
  description: null,
  cron: JOB_EXAMPLE.cron,
  payload_schema: null,
  tags: JOB_EXAMPLE.tags,
  endpoint_url: JOB_EXAMPLE.endpoint_url,
  fallback_endpoint_url: null,
  max_attempts: 3,
  timeout_secs: 300,
  run_ttl_secs: null,
  webhook_url: null,
  webhook_secret: null,
  backwards_compatible: true,
  created_at: JOB_EXAMPLE.created_at,
};

export const IDS_REQUEST = { ids: [JOB_EXAMPLE.id] };

/** The path parameter of a job. */
export const JOB_REFERENCE = {
  name: 'jobId',
  type: String,
  description: 'The id of the job; its slug, too, where the token is bound to one project.',
  example: JOB_EXAMPLE.id,
};

export const TRIGGER_REQUEST = { payload: { warehouse: 'Leeds' }, metadata: { source: 'shop' } };

export const BULK_REQUEST = {
  items: [{ payload: { warehouse: 'Leeds' } }, { payload: { warehouse: 'York' }, priority: 5 }],
};

export const RUN_EXAMPLE: RunDto = {
  id: '01986f41-2a7e-7d05-8a4b-1c2d3e4f5a6b',
  job_id: JOB_EXAMPLE.id,
  project_id: 'default',
  status: 'completed',
  attempt: 1,
  payload: { warehouse: 'Leeds' },
  result: { synced: 118 },
  metadata: { source: 'shop' },
  tags: {},
  error: null,
  triggered_by: 'manual',
  scheduled_at: null,
  started_at: '2030-01-07T12:00:00.004Z',
  finished_at: '2030-01-07T12:00:00.358Z',
  heartbeat_at: null,
  progress: null,
  next_retry_at: null,
  expires_at: null,
  replay_of: null,
  parent_run_id: null,
  continuation_of: null,
  lineage_depth: 0,
  debug_mode: false,
  workflow_step_run_id: null,
  priority: 0,
  idempotency_key: null,
  concurrency_key: null,
  job_version: 1,
  job_version_id: JOB_EXAMPLE.version_id,
  max_attempts_override: null,
  timeout_secs_override: null,
  retry_backoff: null,
  retry_initial_delay_secs: null,
  retry_max_delay_secs: null,
  execution_trace: {
    queue_wait_ms: 2.6,
    dequeue_ms: 0.4,
    connect_ms: 12.1,
    ttfb_ms: 340.5,
    transfer_ms: 1.2,
    dispatch_ms: 353.8,
    total_ms: 354,
    endpoint: 'main',
  },
  created_by: 'ops-team',
  batch_id: null,
  created_at: '2030-01-07T12:00:00.001Z',
};

export const TRIGGERED_EXAMPLE: TriggeredRunDto = {
  ...RUN_EXAMPLE,
  status: 'queued',
  result: null,
  started_at: null,
  finished_at: null,
  execution_trace: null,
  idempotency_hit: false,
};

const RUN_TOKEN = 'eyJhbGciOiJIUzI1NiIsInR5cCI6InJ1bitqd3QifQ.eyJzdWIiOiIwMTk4In0.c2ln';

export const BULK_EXAMPLE: BulkTriggeredDto = {
  results: [{ id: RUN_EXAMPLE.id, status: 'queued', run_token: RUN_TOKEN, idempotency_hit: false }],
  total: 1,
  created: 1,
};

/** The path parameter of a run. */
export const RUN_ID = {
  name: 'id',
  type: String,
  format: 'uuid',
  description: 'The id of the run.',
  example: RUN_EXAMPLE.id,
};

export const REPORTED_EXAMPLE = {
  run_id: RUN_EXAMPLE.id,
  attempt: 1,
  heartbeat_at: '2030-01-07T12:00:10.000Z',
  deadline_at: '2030-01-07T12:00:40.000Z',
  timeout_at: '2030-01-07T12:05:00.000Z',
};
