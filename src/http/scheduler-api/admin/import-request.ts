import { setImmediate as nextTurn } from 'node:timers/promises';
import { type FieldFault, invalid } from '../../../domain/errors.js';
import type { Caller } from '../../../domain/job/caller.js';
import type { JobDependencies } from '../../../domain/job/dependencies.js';
import type { SchedulePlan } from '../../../domain/schedule/schedule.js';
import { EntryFaults } from '../../../modules/admin/entry-faults.js';
import type { ImportedJob } from '../../../modules/admin/imported-job.js';
import { inspectJson } from '../../shared/requests/json-inspection.js';
import { isObject } from '../../shared/validation/body-shape.js';
import { checkedInstance } from '../../shared/validation/checked-instance.js';
import { readDateTime } from '../date-time.js';
import type { CreateJobDto } from '../jobs/create-job.dto.js';
import { dependenciesFrom } from '../jobs/dependencies-request.js';
import { newJobFrom, retryPolicyOf } from '../jobs/job-request.js';
import { readingZone, scheduleFrom, type ScheduleRequest } from '../jobs/schedule-request.js';
import { jobStateOf } from '../words.js';
import { carriedFields, carriedFrom, fieldsLeftOut } from './carried-fields.js';
import { type ImportedDependenciesDto, ImportedJobDto } from './imported-job.dto.js';

/** Other requests get their turn after so many entries. */
const ENTRIES_A_TURN = 100;

/** What an export has at its top. */
const FILE_MEMBERS = ['exportedAt', 'jobs'];

/** A hostile file must not produce a long answer. */
const MAX_FAULTS = 50;

/**
 * Reads the text of an export: `{"jobs": [...]}`, or the list alone.
 * @throws DomainError validation_failed, naming the entry and the field: `jobs.3.scheduleExpression`
 */
export async function importedJobs(text: string, caller: Caller, now: Date): Promise<ImportedJob[]> {
  const entries = entriesOf(text);
  const faults = new EntryFaults();
  const jobs: ImportedJob[] = [];
  for (const [index, entry] of entries.entries()) {
    if (faults.isFull) break;
    if (index % ENTRIES_A_TURN === 0) await nextTurn();
    const job = await faults.gather(index, async () => importedJob(await checked(entry), index, caller, now));
    if (job) jobs.push(job);
  }
  faults.throwIfAny();
  return jobs;
}

function entriesOf(text: string): unknown[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw payloadFault(`is not valid JSON: ${(error as Error).message}`);
  }
  const list = isObject(value) ? value.jobs : value;
  if (!Array.isArray(list)) throw payloadFault('must hold an object with a list "jobs", as an export has it');
  const faults = inspectJson(Array.isArray(value) ? { jobs: value } : value);
  if (faults.length > 0) throw invalid(faults);
  refuseUnknownMembers(value);
  return list;
}

/** What an import would pass over without a word. @throws DomainError validation_failed */
function refuseUnknownMembers(file: unknown): void {
  if (!isObject(file)) return;
  const faults = Object.keys(file)
    .filter((name) => !FILE_MEMBERS.includes(name))
    .slice(0, MAX_FAULTS)
    .map((name) => ({
      field: name,
      message: `is not a known field; a file has ${FILE_MEMBERS.join(' and ')}`,
    }));
  if (faults.length > 0) throw invalid(faults);
}

async function checked(entry: unknown): Promise<ImportedJobDto> {
  if (!isObject(entry)) throw invalid([{ field: 'entry', message: 'must be an object' }]);
  const { faults, value } = await checkedInstance(ImportedJobDto, entry);
  if (faults.length > 0) throw invalid(faults);
  return value;
}

function importedJob(dto: ImportedJobDto, index: number, caller: Caller, now: Date): ImportedJob {
  const faults: FieldFault[] = [];
  // The mapper also knows the words that a request to create a job may not use.
  const job = newJobFrom({ ...dto, retryPolicy: undefined } as CreateJobDto, caller, now);
  const carried = carriedFrom(dto, carriedFields(job.definition));
  const definition = { ...job.definition, ...carried };
  if (dto.retryPolicy) definition.retry = retryPolicyOf(dto.retryPolicy);
  definition.plan = { ...definition.plan, ...exclusionsAndChange(dto, definition.plan, now, faults) };
  if (faults.length > 0) throw invalid(faults);
  return {
    index,
    id: dto.id?.toLowerCase() ?? null,
    job: { ...job, definition },
    leftOut: fieldsLeftOut(dto, carried),
    state: dto.status ? jobStateOf(dto.status) : null,
    dependencies: dto.dependencies ? importedDependencies(dto.dependencies) : null,
  };
}

function exclusionsAndChange(
  { exclusions, scheduledChange }: ImportedJobDto,
  { schedule: { timezone } }: SchedulePlan,
  now: Date,
  faults: FieldFault[],
): Pick<SchedulePlan, 'exclusions' | 'successor'> {
  const changeFaults: FieldFault[] = [];
  const successor = scheduledChange && {
    schedule: scheduleFrom(scheduledChange as ScheduleRequest, null, timezone, now, changeFaults),
    from: readDateTime(scheduledChange.effectiveFrom, readingZone(timezone)) ?? now,
  };
  faults.push(...changeFaults.map((fault) => ({ ...fault, field: `scheduledChange.${fault.field}` })));
  return {
    exclusions: exclusions
      ? {
          dates: exclusions.excludedDates ?? [],
          daysOfWeek: exclusions.excludedDaysOfWeek ?? [],
          timeRange: exclusions.timeRange ?? null,
        }
      : null,
    successor: successor ?? null,
  };
}

/** @throws DomainError validation_failed */
function importedDependencies({ outcomes, ...request }: ImportedDependenciesDto): JobDependencies {
  const wanted = dependenciesFrom(request, 'dependencies.dependsOnJobIds');
  if (!outcomes) return wanted;
  if (outcomes.length !== wanted.prerequisites.length)
    throw invalid([
      { field: 'dependencies.outcomes', message: 'must have one entry for each of dependsOnJobIds' },
    ]);
  return {
    ...wanted,
    prerequisites: wanted.prerequisites.map(({ jobId, condition }, index) => ({
      jobId,
      condition: outcomes[index] ?? condition,
    })),
  };
}

function payloadFault(message: string): Error {
  return invalid([{ field: 'jsonPayload', message }]);
}
