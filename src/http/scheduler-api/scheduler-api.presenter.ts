import type { FieldFault } from '../../domain/errors.js';
import type { DescribedError } from '../shared/errors/described-error.js';
import type { FailedRequest, PresentedError } from '../shared/errors/error-presenter.js';
import { ProblemPresenter } from '../shared/errors/problem.presenter.js';
import { SCHEDULER_PATH } from './path.js';

/** How the domain's fields are called here. */
const FIELD_NAMES: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/^configuration(?=$|\.)/, 'jobConfiguration'],
  [/^retry(?=$|\.)/, 'retryPolicy'],
  [/^flow\./, ''],
  [/^type$/, 'jobType'],
  [/^overlap$/, 'overlapPolicy'],
  [/^misfire\.policy$/, 'misfirePolicy'],
  [/^misfire\.graceSeconds$/, 'misfireGraceSeconds'],
  [/^misfire\./, ''],
  [/^exclusions\.dates/, 'excludedDates'],
  [/^exclusions\.daysOfWeek/, 'excludedDaysOfWeek'],
  [/^exclusions\.timeRange/, 'timeRange'],
  [/^steps(?=$|\.)/, 'jobs'],
];

/** Errors of the Scheduler API: problems, with the statuses and field names that its documents promise. */
export class SchedulerApiPresenter extends ProblemPresenter {
  constructor() {
    super({ pathPrefix: SCHEDULER_PATH, statusOf });
  }

  override present(error: DescribedError, request: FailedRequest): PresentedError {
    const faults = error.faults.map((fault) => ({ ...fault, field: fieldName(fault.field) }));
    const message = faults.length > 0 ? summary(faults) : error.message;
    return super.present({ ...error, faults, message }, request);
  }
}

/** Changing what does not exist is a 400, reading it a 404; cancelling an unknown execution is a 404, too. */
function statusOf(error: DescribedError, { method, path }: FailedRequest): number {
  const reads = method === 'GET' || method === 'HEAD';
  if (error.code === 'job_not_found' && !reads) return 400;
  if (error.code === 'execution_not_found' && path.endsWith('/retry')) return 400;
  return error.status;
}

function fieldName(field: string): string {
  // The fields of an import stand under their entry.
  const [, entry = '', own = field] = /^(jobs\.\d+\.)?(.*)$/s.exec(field) ?? [];
  const found = FIELD_NAMES.find(([pattern]) => pattern.test(own));
  if (found === undefined) return field;
  // Where exclusions are set they are the request itself; an import has them under a field of their own.
  const parent = entry !== '' && own.startsWith('exclusions.') ? 'exclusions.' : '';
  return entry + parent + own.replace(...found);
}

function summary(faults: readonly FieldFault[]): string {
  return faults.map(({ field, message }) => `${field}: ${message}`).join('; ');
}
