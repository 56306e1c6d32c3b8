import { Get, Param, Query } from '@nestjs/common';
import { jobNotFound } from '../../../domain/errors.js';
import { CurrentPrincipal } from '../../../modules/auth/current-principal.decorator.js';
import type { Principal } from '../../../modules/auth/principal.js';
import { ExecutionSearch } from '../../../modules/executions/execution-search.js';
import { JobViews } from '../../../modules/jobs/job-views.js';
import { DatabaseClock } from '../../../platform/clock/database-clock.js';
import { parseId } from '../../shared/validation/parse-id.js';
import type { Html } from '../pages/html.js';
import { page } from '../pages/layout.js';
import { DASHBOARD_ROUTE } from '../path.js';
import { SignedInPages } from '../session/signed-in-pages.js';
import { jobBody } from './job-page.js';
import { jobsBody } from './jobs-page.js';
import { ListJobsQueryDto } from './list-jobs.query.dto.js';

const PAGE_SIZE = 50;
/** Executions that the page of a job shows. */
const LATEST = 10;

/** The jobs as they stand. */
@SignedInPages(`${DASHBOARD_ROUTE}/jobs`)
export class JobsController {
  constructor(
    private readonly jobs: JobViews,
    private readonly search: ExecutionSearch,
    private readonly clock: DatabaseClock,
  ) {}

  @Get()
  async list(@Query() query: ListJobsQueryDto, @CurrentPrincipal() caller: Principal): Promise<Html> {
    const { items, total } = await this.jobs.list(
      {
        search: query.q,
        state: query.state === '' ? undefined : query.state,
        sortBy: 'name',
        descending: false,
        offset: (query.page - 1) * PAGE_SIZE,
        limit: PAGE_SIZE,
      },
      caller,
    );
    const pages = Math.max(1, Math.ceil(total / PAGE_SIZE));
    const body = jobsBody({ query, items, total, pages, now: this.clock.now() });
    return page({ title: 'Jobs', section: 'jobs', subject: caller.subject, body });
  }

  @Get(':jobId')
  async show(@Param('jobId') id: string, @CurrentPrincipal() caller: Principal): Promise<Html> {
    const job = await this.jobs.get(parseId(id, jobNotFound), caller);
    const { items } = await this.search.find({ jobIds: [job.id], limit: LATEST }, caller.projects);
    const body = jobBody({ job, executions: items, now: this.clock.now() });
    return page({ title: job.definition.name, section: 'jobs', subject: caller.subject, body });
  }
}
