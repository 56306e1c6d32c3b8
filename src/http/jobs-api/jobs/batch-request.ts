import { type FieldFault, invalid } from '../../../domain/errors.js';
import { isObject } from '../../shared/validation/body-shape.js';
import { checkedInstance } from '../../shared/validation/checked-instance.js';
import { BATCH_LIMIT } from './job-batch.dto.js';
import { CreateJobDto } from './job-fields.dto.js';

/**
 * The jobs of a batch: the body is a list of them, or holds it as `jobs`.
 * @throws DomainError validation_failed; faults name the index: `3.slug`
 */
export async function batchFrom(body: unknown): Promise<CreateJobDto[]> {
  const entries = entriesOf(body);
  const faults: FieldFault[] = [];
  const jobs: CreateJobDto[] = [];
  for (const [index, entry] of entries.entries()) {
    if (!isObject(entry)) {
      faults.push({ field: String(index), message: 'must be an object' });
      continue;
    }
    const job = await checkedInstance(CreateJobDto, entry);
    faults.push(...job.faults.map((fault) => ({ ...fault, field: `${index}.${fault.field}` })));
    jobs.push(job.value);
  }
  if (faults.length > 0) throw invalid(faults);
  return jobs;
}

function entriesOf(body: unknown): unknown[] {
  const list: unknown = isObject(body) ? body.jobs : body;
  if (!Array.isArray(list)) throw invalid([{ field: 'jobs', message: 'must be a list of jobs' }]);
  if (list.length < 1 || list.length > BATCH_LIMIT)
    throw invalid([{ field: 'jobs', message: `must hold 1 to ${BATCH_LIMIT} jobs` }]);
  return list;
}
