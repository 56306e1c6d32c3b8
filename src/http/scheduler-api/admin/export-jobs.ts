import type { Principal } from '../../../modules/auth/principal.js';
import type { JobViews } from '../../../modules/jobs/job-views.js';
import { toJobDto } from '../jobs/job.mapper.js';

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
        dependencies: _dependencies,
        ...definition
      } = toJobDto(job);
      yield `${separator}\n${JSON.stringify({ ...definition, projectId: job.definition.projectId })}`;
      separator = ',';
    }
    if (page.length < PAGE) break;
    after = page.at(-1)?.id ?? null;
  }
  yield '\n]}\n';
}
