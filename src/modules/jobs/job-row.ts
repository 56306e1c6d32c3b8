import { maskSecrets } from '../../domain/job/mask-secrets.js';
import { planAt } from '../../domain/job/plan.js';
import type { JobState } from '../../domain/job/job-type.js';
import type { JobView } from '../../domain/job/view.js';
import { isExcludedInPlan } from '../../domain/schedule/next-occurrence.js';
import type { SchedulePlan } from '../../domain/schedule/schedule.js';
import { maskedWebhook } from '../../domain/webhook/webhook.js';
import type { ConfigurationVault } from '../secrets/configuration-vault.js';
import { definitionOf } from './definition-columns.js';
import type { JobClockEntity } from './entities/job-clock.entity.js';
import type { JobRuntimeEntity } from './entities/job-runtime.entity.js';
import type { JobEntity } from './entities/job.entity.js';

/** A job's rows as a query with both joins answers them. */
export interface JobRow extends JobEntity {
  clock: JobClockEntity;
  runtime: JobRuntimeEntity;
}

/** What readers see of a job at `now`: the schedule in force, secrets masked. */
export function viewOf(
  row: JobRow,
  { lastRunAt, dependencies }: Pick<JobView, 'lastRunAt' | 'dependencies'>,
  now: Date,
  vault: ConfigurationVault,
): JobView {
  const definition = definitionOf(row, vault);
  return {
    id: row.id,
    version: row.version,
    revision: row.revision,
    definition: {
      ...definition,
      configuration: maskSecrets(definition.configuration),
      plan: planAt(definition.plan, now),
      webhook: definition.webhook && maskedWebhook(definition.webhook),
    },
    state: stateOf(row, row.clock),
    nextRunAt: shownInstant(definition.plan, row.clock.nextRunAt),
    lastRunAt,
    consecutiveFailures: row.runtime.consecutiveFailures,
    dependencies,
    createdBy: row.createdBy,
    updatedBy: row.updatedBy,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}

/** The state of a job: it is completed with the firing of its last instant, also while its row says otherwise yet. */
export function stateOf({ state }: Pick<JobEntity, 'state'>, { ended, nextRunAt }: JobClockEntity): JobState {
  return state === 'enabled' && ended && nextRunAt === null ? 'completed' : state;
}

/** The clock of a single run that is excluded stands there until the exclusion is on record; it is no run to come. */
function shownInstant(plan: SchedulePlan, nextRunAt: Date | null): Date | null {
  return nextRunAt !== null && isExcludedInPlan(plan, nextRunAt) ? null : nextRunAt;
}
