import type { ExecutionError } from '../../domain/execution/outcome.js';
import type { ExecutionState } from '../../domain/execution/state.js';
import type { Schedule } from '../../domain/schedule/schedule.js';
import type { WorkflowDefinition } from '../../domain/workflow/graph.js';
import type { RunState, StepState } from '../../domain/workflow/progress.js';

/** What people decide about a workflow. */
export interface WorkflowContent {
  name: string;
  description: string | null;
  definition: WorkflowDefinition;
  /** Of kind `manual`: it runs only when triggered. */
  schedule: Schedule;
}

/** A workflow as its readers see it. */
export interface WorkflowView extends WorkflowContent {
  id: string;
  projectId: string;
  /** Counts the changes of its graph. */
  version: number;
  /** The next instant of its schedule. */
  nextRunAt: Date | null;
  createdBy: string;
  createdAt: Date;
  updatedAt: Date;
}

/** A run as its readers see it. */
export interface WorkflowRunView {
  id: string;
  workflowId: string;
  workflowName: string;
  version: number;
  state: RunState;
  trigger: 'manual' | 'schedule';
  scheduledFor: Date | null;
  /** Somebody has asked for its end, which may not have come yet. */
  cancelRequested: boolean;
  cancelReason: string | null;
  createdBy: string;
  createdAt: Date;
  finishedAt: Date | null;
}

/** A step of a run as its readers see it. */
export interface WorkflowStepView {
  jobId: string;
  /** Null once the job is gone. */
  jobName: string | null;
  state: StepState;
  /** The step was left out, or could not start, for this reason. */
  reason: string | null;
  executionId: string | null;
  executionState: ExecutionState | null;
  startedAt: Date | null;
  finishedAt: Date | null;
  error: ExecutionError | null;
}
