import { Injectable } from '@nestjs/common';
import type { Json } from '../../../domain/execution/outcome.js';
import type { Principal } from '../../../modules/auth/principal.js';
import { JobViews } from '../../../modules/jobs/job-views.js';
import { SecretsService } from '../../../modules/secrets/secrets.service.js';
import { WorkflowRuns } from '../../../modules/workflows/workflow-runs.js';
import { WorkflowViews } from '../../../modules/workflows/workflow-views.js';
import { jobRecord, record } from './audited-call.js';

/** How a path names its target, by the name of the parameter. */
const KINDS = ['jobId', 'workflowId', 'runId', 'name'] as const;
type Kind = (typeof KINDS)[number];

/** What a call is about: an object that its path names. */
export interface AuditedTarget {
  kind: Kind;
  reference: string;
}

/** What a path names, as the audit trail keeps it: never a secret. */
@Injectable()
export class AuditedTargets {
  constructor(
    private readonly jobs: JobViews,
    private readonly workflows: WorkflowViews,
    private readonly runs: WorkflowRuns,
    private readonly secrets: SecretsService,
  ) {}

  /** The target as it stands; null: there is no such thing, or none that the caller may see. */
  read({ kind, reference }: AuditedTarget, caller: Principal): Promise<Json> {
    switch (kind) {
      case 'jobId':
        return this.jobs.get(reference, caller).then(jobRecord, () => null);
      case 'workflowId':
        return this.workflows.get(reference, caller).then(record, () => null);
      case 'runId':
        return this.runs.get(reference, caller).then(
          ({ run }) => record(run),
          () => null,
        );
      case 'name':
        return this.secrets.get(reference, caller).then(record, () => null);
    }
  }
}

/** The target that a path names by one of its parameters; null: none whose state is kept. */
export function targetOf(params: Record<string, string>): AuditedTarget | null {
  for (const kind of KINDS) {
    const reference = params[kind];
    if (reference !== undefined) return { kind, reference };
  }
  return null;
}
