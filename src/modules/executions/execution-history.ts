import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, type Repository, type SelectQueryBuilder } from 'typeorm';
import { executionNotFound } from '../../domain/errors.js';
import { isFinal, type ExecutionState } from '../../domain/execution/state.js';
import { AttemptEntity } from './attempt.entity.js';
import { ExecutionEntity } from './execution.entity.js';
import { ExecutionPages, type PageRequest } from './execution-pages.js';
import type { AttemptView, ExecutionView } from './execution.view.js';

/** Which executions of a job to list. */
export type ExecutionFilter = PageRequest;

/** Reads the record of executions. */
@Injectable()
export class ExecutionHistory {
  constructor(
    @InjectRepository(ExecutionEntity) private readonly executions: Repository<ExecutionEntity>,
    @InjectRepository(AttemptEntity) private readonly attempts: Repository<AttemptEntity>,
    private readonly pages: ExecutionPages,
  ) {}

  /** A page of a job's executions, the newest first. */
  async list(filter: ExecutionFilter): Promise<{ items: ExecutionView[]; total: number }> {
    const { ids, total } = await this.pages.find(filter);
    if (ids.length === 0) return { items: [], total };
    const query = this.withJobName().where('e.id IN (:...ids)', { ids }).orderBy('e.id', 'DESC');
    return { items: await viewsOf(query), total };
  }

  /** @throws DomainError execution_not_found */
  async get(id: string): Promise<ExecutionView> {
    const view = await this.find(id);
    if (view === null) throw executionNotFound(id);
    return view;
  }

  /** Null: there is no such execution. */
  async find(id: string): Promise<ExecutionView | null> {
    const [view] = await viewsOf(this.withJobName().where('e.id = :id', { id }));
    return view ?? null;
  }

  /** All attempts of an execution, the first one first; the running one too. */
  async attemptsOf(id: string): Promise<AttemptView[]> {
    const execution = await this.get(id);
    const rows = await this.attempts.find({ where: { executionId: id }, order: { attempt: 'ASC' } });
    const views: AttemptView[] = rows.map(
      ({ attempt, startedAt, finishedAt, outcome, failureKind, error, trace }) => ({
        attempt,
        startedAt,
        finishedAt,
        outcome,
        failureKind,
        error,
        trace,
      }),
    );
    const present = presentAttempt(execution);
    return present && !views.some((view) => view.attempt === present.attempt) ? [...views, present] : views;
  }

  /** The final states of some executions; those that have not ended are missing. */
  async finalStates(ids: readonly string[]): Promise<Map<string, ExecutionState>> {
    const rows = await this.executions.find({
      where: { id: In([...ids]) },
      select: { id: true, state: true },
    });
    return new Map(rows.filter((row) => isFinal(row.state)).map((row) => [row.id, row.state]));
  }

  private withJobName(): SelectQueryBuilder<ExecutionEntity> {
    return this.executions
      .createQueryBuilder('e')
      .leftJoin('jobs', 'j', 'j.id = e.job_id')
      .addSelect('j.name', 'job_name');
  }
}

async function viewsOf(query: SelectQueryBuilder<ExecutionEntity>): Promise<ExecutionView[]> {
  const { entities, raw } = await query.getRawAndEntities<{ job_name: string | null }>();
  return entities.map((entity, index) => {
    const { cancelRequestedAt: _asked, ...fields } = entity;
    return { ...fields, jobName: raw[index]?.job_name ?? null };
  });
}

/** The attempt that runs, or a single one that succeeded: neither has a row of its own. */
function presentAttempt(execution: ExecutionView): AttemptView | null {
  if (execution.state !== 'running' && execution.state !== 'succeeded') return null;
  return {
    attempt: execution.attempt,
    startedAt: execution.attempt === 1 ? execution.startedAt : null,
    finishedAt: execution.finishedAt,
    outcome: execution.state,
    failureKind: null,
    error: null,
    trace: execution.trace,
  };
}
