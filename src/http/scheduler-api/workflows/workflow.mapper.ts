import type { Schedule } from '../../../domain/schedule/schedule.js';
import type { WorkflowDefinition } from '../../../domain/workflow/graph.js';
import type { WorkflowRunDetails } from '../../../modules/workflows/workflow-runs.js';
import type {
  WorkflowRunView,
  WorkflowStepView,
  WorkflowView,
} from '../../../modules/workflows/workflow.view.js';
import { executionStatusWord, scheduleTypeWord, type ScheduleTypeWord } from '../words.js';
import type { WorkflowRunDetailsDto, WorkflowRunDto, WorkflowRunStepDto } from './workflow-run.dto.js';
import { conditionWord, runStatusWord, stepStatusWord } from './workflow-words.js';
import type { WorkflowDto, WorkflowJobDetailsDto, WorkflowScheduleDetailsDto } from './workflow.dto.js';

/** A workflow in the words of the Scheduler API. */
export function toWorkflowDto(workflow: WorkflowView): WorkflowDto {
  return {
    id: workflow.id,
    name: workflow.name,
    description: workflow.description,
    jobs: toJobs(workflow.definition),
    schedule: toSchedule(workflow.schedule),
    nextRunAt: workflow.nextRunAt?.toISOString() ?? null,
    version: workflow.version,
    createdBy: workflow.createdBy,
    createdAt: workflow.createdAt.toISOString(),
    updatedAt: workflow.updatedAt.toISOString(),
  };
}

/** A run in the words of the Scheduler API. */
export function toRunDto(run: WorkflowRunView): WorkflowRunDto {
  return {
    id: run.id,
    workflowId: run.workflowId,
    workflowName: run.workflowName,
    workflowVersion: run.version,
    status: runStatusWord(run.state),
    trigger: run.trigger === 'manual' ? 'Manual' : 'Schedule',
    scheduledFor: run.scheduledFor?.toISOString() ?? null,
    cancelRequested: run.cancelRequested,
    errorMessage: run.cancelReason,
    createdBy: run.createdBy,
    startedAt: run.createdAt.toISOString(),
    completedAt: run.finishedAt?.toISOString() ?? null,
  };
}

/** A run and its steps in the words of the Scheduler API. */
export function toRunDetailsDto({ run, definition, steps }: WorkflowRunDetails): WorkflowRunDetailsDto {
  const jobs = toJobs(definition);
  return {
    ...toRunDto(run),
    steps: steps.flatMap((step, position) => {
      const job = jobs[position];
      return job ? [toStepDto(step, job)] : [];
    }),
  };
}

function toStepDto(step: WorkflowStepView, job: WorkflowJobDetailsDto): WorkflowRunStepDto {
  return {
    ...job,
    jobName: step.jobName,
    status: stepStatusWord(step),
    executionId: step.executionId,
    executionStatus: step.executionState && executionStatusWord(step.executionState),
    startedAt: step.startedAt?.toISOString() ?? null,
    completedAt: step.finishedAt?.toISOString() ?? null,
    errorMessage: step.reason ?? (step.state === 'succeeded' ? null : (step.error?.message ?? null)),
  };
}

function toJobs({ steps, edges }: WorkflowDefinition): WorkflowJobDetailsDto[] {
  const incoming = steps.map((): WorkflowDefinition['edges'][number][] => []);
  for (const edge of edges) incoming[edge.to]?.push(edge);
  return steps.map(({ jobId, join, toleratesFailure }, position) => {
    const own = incoming[position] ?? [];
    const sources = own.flatMap(({ from }) => steps[from]?.jobId ?? []);
    return {
      jobId,
      dependsOn: [...new Set(sources)],
      condition: conditionWord(
        own.map(({ on }) => on),
        join,
      ),
      onFailure: toleratesFailure ? 'Continue' : 'Stop',
    };
  });
}

function toSchedule(schedule: Schedule): WorkflowScheduleDetailsDto | null {
  if (schedule.kind === 'manual') return null;
  return {
    scheduleType: scheduleTypeWord(schedule.kind) as ScheduleTypeWord,
    scheduleExpression: schedule.kind === 'cron' ? schedule.expression : null,
    intervalSeconds: schedule.kind === 'interval' ? schedule.intervalSeconds : null,
    runAt: schedule.kind === 'once' ? schedule.runAt.toISOString() : null,
    anchorAt: schedule.kind === 'interval' ? schedule.anchorAt.toISOString() : null,
    timezone: schedule.timezone,
  };
}
