import type { WorkflowDefinition } from '../../domain/workflow/graph.js';
import { scheduleOf } from '../jobs/schedule-columns.js';
import type { WorkflowEntity } from './entities/workflow.entity.js';
import type { WorkflowView } from './workflow.view.js';

export function viewOf(row: WorkflowEntity, definition: WorkflowDefinition): WorkflowView {
  return {
    id: row.id,
    projectId: row.projectId,
    version: row.version,
    name: row.name,
    description: row.description,
    definition,
    schedule: scheduleOf(row),
    nextRunAt: row.nextRunAt,
    createdBy: row.createdBy,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}
