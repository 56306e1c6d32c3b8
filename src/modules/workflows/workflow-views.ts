import { Injectable } from '@nestjs/common';
import { DataSource, In, IsNull } from 'typeorm';
import { isIdentifier } from '../../domain/identifier.js';
import { type Caller, mayAccess } from '../../domain/job/caller.js';
import { WorkflowVersionEntity } from './entities/workflow-version.entity.js';
import { WorkflowEntity } from './entities/workflow.entity.js';
import { workflowNotFound } from './workflow-errors.js';
import { viewOf } from './workflow-row.js';
import type { WorkflowView } from './workflow.view.js';

type Reader = Pick<Caller, 'projects'>;

/** Reads workflows for people. */
@Injectable()
export class WorkflowViews {
  constructor(private readonly dataSource: DataSource) {}

  /** @throws DomainError workflow_not_found, also when it is deleted or not the reader's to see */
  async get(id: string, reader: Reader): Promise<WorkflowView> {
    const { manager } = this.dataSource;
    const row = isIdentifier(id)
      ? await manager.findOneBy(WorkflowEntity, { id, deletedAt: IsNull() })
      : null;
    if (!row || !mayAccess(reader, row.projectId)) throw workflowNotFound(id);
    const [view] = await this.viewsOf([row]);
    if (!view) throw workflowNotFound(id);
    return view;
  }

  /** One page, the newest first, and the number of all. */
  async list(
    page: { offset: number; limit: number },
    reader: Reader,
  ): Promise<{ items: WorkflowView[]; total: number }> {
    const [rows, total] = await this.dataSource.manager.findAndCount(WorkflowEntity, {
      where: {
        deletedAt: IsNull(),
        ...(reader.projects === null ? {} : { projectId: In([...reader.projects]) }),
      },
      order: { createdAt: 'DESC', id: 'DESC' },
      skip: page.offset,
      take: page.limit,
    });
    return { items: await this.viewsOf(rows), total };
  }

  private async viewsOf(rows: readonly WorkflowEntity[]): Promise<WorkflowView[]> {
    if (rows.length === 0) return [];
    const versions = await this.dataSource.manager.find(WorkflowVersionEntity, {
      where: rows.map(({ id, version }) => ({ workflowId: id, version })),
    });
    const byWorkflow = new Map(versions.map((version) => [version.workflowId, version.definition]));
    return rows.flatMap((row) => {
      const definition = byWorkflow.get(row.id);
      return definition ? [viewOf(row, definition)] : [];
    });
  }
}
