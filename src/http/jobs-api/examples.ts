import type { CreateJobDto } from './jobs/job-fields.dto.js';
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
  max_attempts: 3,
  timeout_secs: 300,
  run_ttl_secs: null,
  timezone: 'UTC',
  max_concurrency: null,
  priority: 0,
  default_run_metadata: {},
  dedup_window_secs: null,
  enabled: true,
  retry_strategy: 'exponential',
  retry_delays_secs: null,
  version: 1,
  version_id: '6b3f2c0e-1d2a-5c4b-9f8e-7a6b5c4d3e2f',
  version_policy: 'pin',
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
  max_attempts: 3,
  timeout_secs: 300,
  run_ttl_secs: null,
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
