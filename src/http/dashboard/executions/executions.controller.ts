import { Get, Param, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { executionNotFound } from '../../../domain/errors.js';
import { isIdentifier } from '../../../domain/identifier.js';
import { isFinal } from '../../../domain/execution/state.js';
import { CurrentPrincipal } from '../../../modules/auth/current-principal.decorator.js';
import type { Principal } from '../../../modules/auth/principal.js';
import { ExecutionLogs, LOG_MAX_LINES } from '../../../modules/executions/execution-logs.js';
import { ExecutionSearch } from '../../../modules/executions/execution-search.js';
import type { ExecutionView } from '../../../modules/executions/execution.view.js';
import { ExecutionsService } from '../../../modules/executions/executions.service.js';
import { JobViews } from '../../../modules/jobs/job-views.js';
import { PendingReasons } from '../../../modules/pending/pending-reasons.js';
import { DatabaseClock } from '../../../platform/clock/database-clock.js';
import { parseId } from '../../shared/validation/parse-id.js';
import type { Html } from '../pages/html.js';
import { page } from '../pages/layout.js';
import { DASHBOARD_ROUTE, executionPath } from '../path.js';
import { SignedInPages } from '../session/signed-in-pages.js';
import { executionBody } from './execution-page.js';
import { executionsBody } from './executions-page.js';
import { instantIn, pageBefore } from './search-request.js';
import { SearchQueryDto } from './search.query.dto.js';

const PAGE_SIZE = 50;
/** Jobs whose executions one search by name looks through, at most. */
const MOST_JOBS = 100;

/** The execution log. */
@SignedInPages(`${DASHBOARD_ROUTE}/executions`)
export class ExecutionsController {
  constructor(
    private readonly search: ExecutionSearch,
    private readonly executions: ExecutionsService,
    private readonly jobs: JobViews,
    private readonly logs: ExecutionLogs,
    private readonly pending: PendingReasons,
    private readonly clock: DatabaseClock,
  ) {}

  /** A page of what matches; the id of an execution leads to it at once. */
  @Get()
  async list(
    @Query() query: SearchQueryDto,
    @CurrentPrincipal() caller: Principal,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Html | string> {
    const wanted = query.q.trim();
    const named = isIdentifier(wanted) ? wanted.toLowerCase() : null;
    if (named !== null && (await this.visible(named, caller))) {
      reply.code(302).header('location', executionPath(named));
      return '';
    }
    const period = {
      from: instantIn('from', query.from),
      until: instantIn('until', query.until),
      before: pageBefore(query.before),
    };
    const jobIds = named === null ? await this.jobsNamed(wanted, caller) : [named];
    const stage = query.status === '' ? undefined : query.status;
    const found = await this.search.find(
      { jobIds: jobIds?.slice(0, MOST_JOBS), stage, ...period, limit: PAGE_SIZE },
      caller.projects,
    );
    const tooManyJobs = (jobIds?.length ?? 0) > MOST_JOBS ? MOST_JOBS : null;
    const body = executionsBody({ query, found, tooManyJobs, now: this.clock.now() });
    return page({ title: 'Executions', section: 'executions', subject: caller.subject, body });
  }

  @Get(':executionId')
  async show(@Param('executionId') id: string, @CurrentPrincipal() caller: Principal): Promise<Html> {
    const execution = await this.visible(parseId(id, executionNotFound), caller);
    if (execution === null) throw executionNotFound(id);
    const live = !isFinal(execution.state);
    const [attempts, lines, pendingReason] = await Promise.all([
      this.executions.attempts(execution.id),
      // One more: the mark that stands where a log was cut.
      this.logs.after(execution.id, 0, LOG_MAX_LINES + 1),
      live ? this.pending.of(execution.id) : null,
    ]);
    const body = executionBody({ execution, attempts, lines, pendingReason, live, now: this.clock.now() });
    return page({ title: 'Execution', section: 'executions', subject: caller.subject, live, body });
  }

  /** Null: there is no such execution, or its job is not the caller's to see. */
  private async visible(id: string, caller: Principal): Promise<ExecutionView | null> {
    const execution = await this.executions.find(id);
    if (execution === null) return null;
    return (await this.jobs.isRecorded(execution.jobId, caller)) ? execution : null;
  }

  /** Null: none is named, all are meant. One more than are searched tells that there are too many. */
  private async jobsNamed(words: string, caller: Principal): Promise<string[] | undefined> {
    if (words === '') return undefined;
    return this.jobs.matching({ search: words }, MOST_JOBS + 1, caller);
  }
}
