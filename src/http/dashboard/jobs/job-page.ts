import type { JobView } from '../../../domain/job/view.js';
import type { ListedExecution } from '../../../modules/executions/execution-search.js';
import { executionsTable } from '../executions/executions-page.js';
import { badge, duration, instant } from '../pages/format.js';
import { facts } from '../pages/facts.js';
import { html, type Html } from '../pages/html.js';
import { pre } from '../pages/pre.js';
import { EXECUTIONS, JOBS } from '../path.js';
import { scheduleText } from './schedule-text.js';

/** All that is shown of one job. Secrets are masked in the view already. */
export interface JobPageView {
  job: JobView;
  /** The latest ones. */
  executions: readonly ListedExecution[];
  now: Date;
}

export function jobBody({ job, executions, now }: JobPageView): Html {
  const { definition } = job;
  return html`<p class="trail"><a href="${JOBS}">Jobs</a> / <code>${job.id}</code></p>
    <h1>${definition.name}</h1>
    ${definition.description !== null && html`<p>${definition.description}</p>`} ${facts(known(job))}
    <section class="panel">
      <h2>Latest executions</h2>
      ${
        executions.length === 0
          ? html`<p class="nothing">It has not run.</p>`
          : html`${executionsTable(executions, now, true)}
              <p><a href="${EXECUTIONS}?q=${job.id}">All executions of this job</a></p>`
      }
    </section>
    <section class="panel">
      <h2>Configuration</h2>
      ${pre(definition.configuration)}
    </section>`;
}

function known(job: JobView): [name: string, value: Html | string | null][] {
  const { definition, state, nextRunAt, lastRunAt } = job;
  const { plan, retry, maxConcurrency, tags } = definition;
  return [
    ['State', badge(state)],
    ['Type', definition.type],
    ['Schedule', scheduleText(plan.schedule)],
    ['Next run', instant(nextRunAt)],
    ['Last run', instant(lastRunAt)],
    ['Failures in a row', String(job.consecutiveFailures)],
    ['Attempts at most', String(retry.maxAttempts)],
    ['Time limit', duration(definition.timeoutSeconds * 1_000)],
    ['At once at most', maxConcurrency === null ? null : String(maxConcurrency)],
    ['Overlap', definition.overlap],
    ['Project', definition.projectId],
    ['Tags', tags.length === 0 ? null : tags.join(', ')],
    ['Version', String(job.version)],
    ['Changed', html`${instant(job.updatedAt)}${job.updatedBy !== null && ` by ${job.updatedBy}`}`],
  ];
}
