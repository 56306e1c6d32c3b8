import { type FieldFault, invalid } from '../../../domain/errors.js';
import type { Schedule } from '../../../domain/schedule/schedule.js';
import { definitionFrom } from '../../../domain/workflow/definition-from.js';
import type { WorkflowDefinition } from '../../../domain/workflow/graph.js';
import type { WorkflowContent, WorkflowView } from '../../../modules/workflows/workflow.view.js';
import { scheduleFrom } from '../jobs/schedule-request.js';
import type {
  CreateWorkflowDto,
  UpdateWorkflowDto,
  WorkflowJobDto,
  WorkflowScheduleDto,
} from './workflow-request.dto.js';
import { conditionOf } from './workflow-words.js';

const DEFAULT_TIMEZONE = 'UTC';

/**
 * The workflow that a request asks for.
 * @throws DomainError validation_failed
 */
export function newWorkflowFrom(request: CreateWorkflowDto, now: Date): WorkflowContent {
  const faults: FieldFault[] = [];
  const content = {
    name: request.name,
    description: request.description ?? null,
    definition: definitionOf(request.jobs, faults),
    schedule: scheduleOf(request.schedule ?? null, null, now, faults),
  };
  if (faults.length > 0) throw invalid(faults);
  return content;
}

/**
 * What an update makes of a workflow: absent fields stay.
 * @throws DomainError validation_failed
 */
export function workflowEditFrom(
  request: UpdateWorkflowDto,
  present: WorkflowView,
  now: Date,
): WorkflowContent {
  const faults: FieldFault[] = [];
  const { description, jobs, schedule } = request;
  const content = {
    name: request.name ?? present.name,
    description: description === undefined ? present.description : description,
    definition: jobs === undefined ? present.definition : definitionOf(jobs, faults),
    schedule: schedule === undefined ? present.schedule : scheduleOf(schedule, present.schedule, now, faults),
  };
  if (faults.length > 0) throw invalid(faults);
  return content;
}

/** All edges of a job are of the kind that its condition asks for. */
function definitionOf(requests: readonly WorkflowJobDto[], faults: FieldFault[]): WorkflowDefinition {
  const fields: string[] = [];
  const edges = requests.flatMap(({ jobId, dependsOn, condition }, index) =>
    (dependsOn ?? []).map((source, place) => {
      fields.push(`jobs.${index}.dependsOn.${place}`);
      return {
        from: source.toLowerCase(),
        to: jobId.toLowerCase(),
        on: conditionOf(condition ?? 'AllSucceeded').on,
      };
    }),
  );
  const steps = requests.map(({ jobId, condition, onFailure }) => ({
    jobId: jobId.toLowerCase(),
    join: conditionOf(condition ?? 'AllSucceeded').join,
    toleratesFailure: onFailure === 'Continue',
  }));
  const { definition, faults: found } = definitionFrom(steps, edges, {
    steps: 'jobs',
    step: (index) => `jobs.${index}.jobId`,
    edge: (index) => fields[index] ?? 'jobs',
  });
  faults.push(...found, ...idleConditions(requests));
  return definition;
}

/** Conditions over no prerequisites: they could never mean anything. */
function idleConditions(requests: readonly WorkflowJobDto[]): FieldFault[] {
  return requests.flatMap(({ dependsOn, condition }, index) =>
    (dependsOn ?? []).length > 0 || !condition || condition === 'AllSucceeded'
      ? []
      : [
          {
            field: `jobs.${index}.condition`,
            message: 'needs dependsOn: without it there is nothing to judge',
          },
        ],
  );
}

/** A schedule that is sent as it stands keeps the anchor of its interval. */
function scheduleOf(
  request: WorkflowScheduleDto | null,
  present: Schedule | null,
  now: Date,
  faults: FieldFault[],
): Schedule {
  const timezone = request?.timezone ?? DEFAULT_TIMEZONE;
  if (request === null) return { kind: 'manual', timezone };
  const found: FieldFault[] = [];
  const complete = {
    ...request,
    scheduleExpression: request.scheduleExpression ?? null,
    intervalSeconds: request.intervalSeconds ?? null,
    runAt: request.runAt ?? null,
  };
  const schedule = scheduleFrom(complete, present, timezone, now, found);
  faults.push(...found.map(({ field, message }) => ({ field: `schedule.${field}`, message })));
  return schedule;
}
