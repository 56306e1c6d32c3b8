import type { TriggerWorkflowDto, CreateWorkflowDto } from './workflow-request.dto.js';
import type { WorkflowRunDetailsDto, WorkflowRunDto } from './workflow-run.dto.js';
import type { WorkflowDto } from './workflow.dto.js';

/** Requests and answers as the OpenAPI document shows them; they all belong to one story. */

const SYNC = '01986f3e-6d3b-7c4e-9c1f-3a5b7d9e1f20';
const REBUILD = '01986f3e-6d3b-7c4e-9c1f-3a5b7d9e1f21';

export const WORKFLOW_REQUEST: CreateWorkflowDto = {
  name: 'Nightly inventory',
  description: 'Syncs the feed, then rebuilds the search index.',
  jobs: [
    { jobId: SYNC },
    { jobId: REBUILD, dependsOn: [SYNC], condition: 'AllSucceeded', onFailure: 'Stop' },
  ],
  schedule: { scheduleType: 'Cron', scheduleExpression: '0 2 * * *', timezone: 'America/New_York' },
};

export const TRIGGER_REQUEST: TriggerWorkflowDto = { payload: { warehouse: 'Leeds' } };

export const WORKFLOW_EXAMPLE: WorkflowDto = {
  id: '01986f60-1b2c-7d3e-8f4a-5b6c7d8e9f00',
  name: 'Nightly inventory',
  description: 'Syncs the feed, then rebuilds the search index.',
  jobs: [
    { jobId: SYNC, dependsOn: [], condition: 'AllSucceeded', onFailure: 'Stop' },
    { jobId: REBUILD, dependsOn: [SYNC], condition: 'AllSucceeded', onFailure: 'Stop' },
  ],
  schedule: {
    scheduleType: 'Cron',
    scheduleExpression: '0 2 * * *',
    intervalSeconds: null,
    runAt: null,
    anchorAt: null,
    timezone: 'America/New_York',
  },
  nextRunAt: '2030-01-08T07:00:00.000Z',
  version: 1,
  createdBy: 'ops-team',
  createdAt: '2030-01-04T09:15:00.000Z',
  updatedAt: '2030-01-04T09:15:00.000Z',
};

export const RUN_EXAMPLE: WorkflowRunDto = {
  id: '01986f61-2a7e-7d05-8a4b-1c2d3e4f5a6b',
  workflowId: WORKFLOW_EXAMPLE.id,
  workflowName: WORKFLOW_EXAMPLE.name,
  workflowVersion: 1,
  status: 'Succeeded',
  trigger: 'Manual',
  scheduledFor: null,
  cancelRequested: false,
  errorMessage: null,
  createdBy: 'ops-team',
  startedAt: '2030-01-07T12:00:00.001Z',
  completedAt: '2030-01-07T12:00:03.480Z',
};

export const RUN_DETAILS_EXAMPLE: WorkflowRunDetailsDto = {
  ...RUN_EXAMPLE,
  steps: [
    {
      jobId: SYNC,
      dependsOn: [],
      condition: 'AllSucceeded',
      onFailure: 'Stop',
      jobName: 'Sync inventory feed',
      status: 'Succeeded',
      executionId: '01986f61-30c1-7aa0-9d3e-2b4c6d8e0f1a',
      executionStatus: 'Succeeded',
      startedAt: '2030-01-07T12:00:00.004Z',
      completedAt: '2030-01-07T12:00:01.238Z',
      errorMessage: null,
    },
    {
      jobId: REBUILD,
      dependsOn: [SYNC],
      condition: 'AllSucceeded',
      onFailure: 'Stop',
      jobName: 'Rebuild search index',
      status: 'Succeeded',
      executionId: '01986f61-39d2-7bb1-8e4f-3c5d7e9f102b',
      executionStatus: 'Succeeded',
      startedAt: '2030-01-07T12:00:01.245Z',
      completedAt: '2030-01-07T12:00:03.480Z',
      errorMessage: null,
    },
  ],
};

export const CANCELLED_RUN_EXAMPLE: WorkflowRunDetailsDto = {
  ...RUN_DETAILS_EXAMPLE,
  status: 'Cancelled',
  cancelRequested: true,
  errorMessage: 'The workflow run was cancelled by ops-team.',
  steps: RUN_DETAILS_EXAMPLE.steps.map((step) =>
    step.jobId === SYNC
      ? step
      : {
          ...step,
          status: 'Skipped',
          executionId: null,
          executionStatus: null,
          startedAt: null,
          errorMessage: 'The workflow run was cancelled by ops-team.',
        },
  ),
};
