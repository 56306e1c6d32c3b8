import type { JobView } from '../../../domain/job/view.js';
import { badge, count, instant, NOTHING, relative } from '../pages/format.js';
import { html, type Html } from '../pages/html.js';
import { searchForm } from '../pages/search-form.js';
import { jobPath, JOBS } from '../path.js';
import { JOB_STATES, type ListJobsQueryDto } from './list-jobs.query.dto.js';
import { scheduleText } from './schedule-text.js';

/** A page of the list of jobs. */
export interface JobsView {
  query: ListJobsQueryDto;
  items: readonly JobView[];
  total: number;
  pages: number;
  now: Date;
}

export function jobsBody({ query, items, total, pages, now }: JobsView): Html {
  return html`<h1>Jobs</h1>
    ${search(query)}
    <section class="panel">
      ${items.length === 0 ? html`<p class="nothing">No job matches.</p>` : jobsTable(items, now)}
    </section>
    <nav class="pages" aria-label="Pages">
      ${query.page > 1 && html`<a href="${listPath(query, query.page - 1)}">Previous</a>`}
      <span>${count(total)} jobs, page ${query.page} of ${count(pages)}</span>
      ${query.page < pages && html`<a href="${listPath(query, query.page + 1)}">Next</a>`}
    </nav>`;
}

function listPath({ q, state }: ListJobsQueryDto, page: number): string {
  const fields = Object.entries({ q, state, page: String(page) }).filter(([, value]) => value !== '');
  return `${JOBS}?${new URLSearchParams(fields).toString()}`;
}

function jobsTable(items: readonly JobView[], now: Date): Html {
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          <th>Job</th>
          <th>State</th>
          <th>Type</th>
          <th>Schedule</th>
          <th>Next run</th>
          <th>Last run</th>
          <th>Failures in a row</th>
        </tr>
      </thead>
      <tbody>
        ${items.map(
          ({ id, definition, state, nextRunAt, lastRunAt, consecutiveFailures }) =>
            html`<tr>
              <td class="text"><a href="${jobPath(id)}">${definition.name}</a></td>
              <td>${badge(state)}</td>
              <td>${definition.type}</td>
              <td class="text">${scheduleText(definition.plan.schedule)}</td>
              <td class="when">
                ${instant(nextRunAt)}
                ${nextRunAt !== null && html`<span class="more">${relative(nextRunAt, now)}</span>`}
              </td>
              <td class="when">${relative(lastRunAt, now)}</td>
              <td class="number">${consecutiveFailures === 0 ? NOTHING : consecutiveFailures}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function search({ q, state }: ListJobsQueryDto): Html {
  return searchForm({
    action: JOBS,
    words: { label: 'Words of the name or description', value: q },
    choice: { name: 'state', label: 'State', options: JOB_STATES, value: state },
  });
}
