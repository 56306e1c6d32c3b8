import type { JobView } from '../../../domain/job/view.js';
import type { Principal } from '../../../modules/auth/principal.js';
import type { JobViews } from '../../../modules/jobs/job-views.js';
import { dependenciesDto, toJobDto } from '../jobs/job.mapper.js';
import { carriedFields } from './carried-fields.js';

/** Jobs read at once. */
const PAGE = 500;

/** The text of an export, a page of jobs at a time: a hundred thousand jobs never stand in memory together. */
export async function* exportedJobs(views: JobViews, reader: Principal, now: Date): AsyncGenerator<string> {
  yield `{"exportedAt":${JSON.stringify(now.toISOString())},"jobs":[`;
  let separator = '';
  for (let after: string | null = null; ;) {
    const page = await views.following(after, PAGE, reader);
    for (const job of page) {
      const {
        nextRunAt: _nextRunAt,
        lastRunAt: _lastRunAt,
        consecutiveFailures: _failures,
        version: _version,
        createdAt: _createdAt,
        updatedAt: _updatedAt,
        ...definition
      } = toJobDto(job);
      const more = { ...carriedFields(job.definition), dependencies: dependenciesOf(job) };
      yield `${separator}\n${JSON.stringify({ ...definition, ...more })}`;
      separator = ',';
    }
    if (page.length < PAGE) break;
    after = page.at(-1)?.id ?? null;
  }
  yield '\n]}\n';
}

/** What a job waits for, with the ends that count where these are others than success. */
function dependenciesOf({ dependencies }: JobView): object | null {
  if (dependencies === null) return null;
  const outcomes = dependencies.prerequisites.map(({ condition }) => condition);
  const plain = outcomes.every((outcome) => outcome === 'succeeded');
  return { ...dependenciesDto(dependencies), ...(plain ? {} : { outcomes }) };
}
