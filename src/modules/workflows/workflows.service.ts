import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, In, IsNull } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { type FieldFault, invalid } from '../../domain/errors.js';
import { isIdentifier } from '../../domain/identifier.js';
import { type Caller, homeProject, mayAccess } from '../../domain/job/caller.js';
import { DESCRIPTION_MAX_LENGTH, NAME_MAX_LENGTH } from '../../domain/job/limits.js';
import { textFault } from '../../domain/job/json-faults.js';
import { sameContent } from '../../domain/job/same-content.js';
import { nextOccurrence } from '../../domain/schedule/next-occurrence.js';
import { scheduleFaults } from '../../domain/schedule/schedule-faults.js';
import type { Schedule } from '../../domain/schedule/schedule.js';
import type { WorkflowDefinition } from '../../domain/workflow/graph.js';
import { DatabaseClock } from '../../platform/clock/database-clock.js';
import { JobEntity } from '../jobs/entities/job.entity.js';
import { WorkflowVersionEntity } from './entities/workflow-version.entity.js';
import { WorkflowEntity } from './entities/workflow.entity.js';
import { workflowNotFound } from './workflow-errors.js';
import { planOf } from './workflow-plan.js';
import { scheduleColumns, scheduleOf } from '../jobs/schedule-columns.js';
import { viewOf } from './workflow-row.js';
import { WorkflowViews } from './workflow-views.js';
import type { WorkflowContent, WorkflowView } from './workflow.view.js';

/** Creates and changes workflows. */
@Injectable()
export class WorkflowsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: DatabaseClock,
    private readonly views: WorkflowViews,
  ) {}

  /**
   * Creates a workflow. It belongs to the project of its jobs.
   * @param define makes it, given the instant of its creation
   * @throws DomainError validation_failed with all faults
   */
  async create(define: (now: Date) => WorkflowContent, caller: Caller): Promise<WorkflowView> {
    const now = this.clock.now();
    const content = define(now);
    const faults = contentFaults(content, now, true);
    const projectId = await this.projectOf(content.definition, caller, faults);
    if (faults.length > 0) throw invalid(faults);
    const id = uuidv7();
    await this.dataSource.transaction(async (manager) => {
      await manager.insert(WorkflowEntity, {
        id,
        projectId,
        version: 1,
        name: content.name,
        description: content.description,
        ...scheduleColumns(content.schedule),
        nextRunAt: nextOccurrence(planOf(content.schedule), now),
        createdBy: caller.subject,
        updatedBy: caller.subject,
        createdAt: now,
        updatedAt: now,
      });
      await insertVersion(manager, id, 1, content.definition, caller, now);
    });
    return this.views.get(id, caller);
  }

  /**
   * Changes a workflow. Runs that exist go on with the graph they started with.
   * @param edit makes the new content from the present one, given the present instant
   * @throws DomainError workflow_not_found, validation_failed with all faults
   */
  async update(
    id: string,
    edit: (workflow: WorkflowView, now: Date) => WorkflowContent,
    caller: Caller,
  ): Promise<WorkflowView> {
    await this.dataSource.transaction(async (manager) => {
      const row = await this.lock(manager, id, caller);
      const present = await manager.findOneByOrFail(WorkflowVersionEntity, {
        workflowId: id,
        version: row.version,
      });
      const now = this.clock.now();
      const content = edit(viewOf(row, present.definition), now);
      const rescheduled = !sameContent(scheduleOf(row), content.schedule);
      const redefined = !sameContent(present.definition, content.definition);
      const faults = contentFaults(content, now, rescheduled);
      const projectId = redefined ? await this.projectOf(content.definition, caller, faults) : row.projectId;
      if (projectId !== row.projectId) faults.push(foreignProject());
      if (faults.length > 0) throw invalid(faults);
      const version = redefined ? row.version + 1 : row.version;
      if (redefined) await insertVersion(manager, id, version, content.definition, caller, now);
      await manager.update(WorkflowEntity, id, {
        version,
        name: content.name,
        description: content.description,
        ...scheduleColumns(content.schedule),
        ...(rescheduled ? { nextRunAt: nextOccurrence(planOf(content.schedule), now) } : {}),
        updatedBy: caller.subject,
        updatedAt: now,
      });
    });
    return this.views.get(id, caller);
  }

  /**
   * Removes a workflow: it starts no more. Runs that have started go on, and all stay readable.
   * @throws DomainError workflow_not_found
   */
  async remove(id: string, caller: Caller): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await this.lock(manager, id, caller);
      const now = this.clock.now();
      await manager.update(WorkflowEntity, id, {
        nextRunAt: null,
        deletedAt: now,
        updatedAt: now,
        updatedBy: caller.subject,
      });
    });
  }

  private async lock(manager: EntityManager, id: string, caller: Caller): Promise<WorkflowEntity> {
    if (!isIdentifier(id)) throw workflowNotFound(id);
    const row = await manager.findOne(WorkflowEntity, {
      where: { id, deletedAt: IsNull() },
      lock: { mode: 'pessimistic_write' },
    });
    if (!row || !mayAccess(caller, row.projectId)) throw workflowNotFound(id);
    return row;
  }

  /** The project that all jobs of the steps belong to. */
  private async projectOf(
    { steps }: WorkflowDefinition,
    caller: Caller,
    faults: FieldFault[],
  ): Promise<string> {
    const ids = steps.map(({ jobId }) => jobId);
    const jobs = await this.dataSource.manager.find(JobEntity, {
      where: { id: In(ids.filter(isIdentifier)), deletedAt: IsNull() },
      select: { id: true, projectId: true },
    });
    const projects = new Map(
      jobs.filter((job) => mayAccess(caller, job.projectId)).map((job) => [job.id, job.projectId]),
    );
    ids.forEach((id, index) => {
      if (!projects.has(id))
        faults.push({ field: `steps.${index}.jobId`, message: `no job has the id ${id}` });
    });
    const [projectId = homeProject(caller), ...others] = new Set(projects.values());
    if (others.length > 0) faults.push(foreignProject());
    return projectId;
  }
}

function contentFaults(content: WorkflowContent, now: Date, newSchedule: boolean): FieldFault[] {
  return [
    ...(content.name.trim() === '' ? [{ field: 'name', message: 'must not be empty' }] : []),
    ...textFaults('name', content.name, NAME_MAX_LENGTH),
    ...textFaults('description', content.description ?? '', DESCRIPTION_MAX_LENGTH),
    ...(newSchedule ? ownScheduleFaults(content.schedule, now) : []),
  ];
}

function ownScheduleFaults(schedule: Schedule, now: Date): FieldFault[] {
  return scheduleFaults(planOf(schedule), now).map(({ field, message }) => ({
    field: `schedule.${field}`,
    message,
  }));
}

function textFaults(field: string, text: string, maxLength: number): FieldFault[] {
  if (text.length > maxLength) return [{ field, message: `must be at most ${maxLength} characters long` }];
  const message = textFault(text);
  return message === null ? [] : [{ field, message }];
}

function foreignProject(): FieldFault {
  return { field: 'steps', message: 'all jobs of a workflow must belong to the same project' };
}

async function insertVersion(
  manager: EntityManager,
  workflowId: string,
  version: number,
  definition: WorkflowDefinition,
  caller: Caller,
  now: Date,
): Promise<void> {
  await manager.insert(WorkflowVersionEntity, {
    workflowId,
    version,
    definition: definition as object,
    createdBy: caller.subject,
    createdAt: now,
  });
}
