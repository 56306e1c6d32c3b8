import {
  EXECUTION_STAGES,
  type FoundExecutions,
  type ListedExecution,
} from '../../../modules/executions/execution-search.js';
import { badge, count, duration, elapsed, instant } from '../pages/format.js';
import { html, type Html } from '../pages/html.js';
import { searchForm } from '../pages/search-form.js';
import { EXECUTIONS, executionPath, jobPath } from '../path.js';
import { searchPath } from './search-request.js';
import type { SearchQueryDto } from './search.query.dto.js';

/** A page of the log. */
export interface ExecutionsView {
  query: SearchQueryDto;
  found: FoundExecutions;
  /** Set where the name fits more jobs than were looked at: how many these are. */
  tooManyJobs: number | null;
  now: Date;
}

export function executionsBody({ query, found, tooManyJobs, now }: ExecutionsView): Html {
  const { items, next, searchedBackTo } = found;
  return html`<h1>Executions</h1>
    ${search(query)}
    ${
      tooManyJobs !== null &&
      html`<p class="notice">
        More than ${count(tooManyJobs)} jobs match; ${count(tooManyJobs)} of them were looked at. Name the job
        more precisely.
      </p>`
    }
    <section class="panel">
      ${
        items.length > 0
          ? executionsTable(items, now)
          : html`<p class="nothing">
              ${searchedBackTo === null ? 'No execution matches.' : 'None matches among those that were looked at.'}
            </p>`
      }
    </section>
    ${
      searchedBackTo !== null &&
      html`<p class="notice">
        Looked at all executions since ${instant(searchedBackTo)}, not at older ones yet.
      </p>`
    }
    <nav class="pages" aria-label="Pages">
      ${query.before !== '' && html`<a href="${searchPath(query)}">Newest</a>`}
      ${next !== null && html`<a href="${searchPath(query, next)}">Older</a>`}
    </nav>`;
}

/** Executions with their state and times. @param ofOneJob which need not be named */
export function executionsTable(items: readonly ListedExecution[], now: Date, ofOneJob = false): Html {
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          <th>Execution</th>
          ${!ofOneJob && html`<th>Job</th>`}
          <th>State</th>
          <th>Trigger</th>
          <th>Recorded</th>
          <th>Took</th>
          <th>Attempt</th>
        </tr>
      </thead>
      <tbody>
        ${items.map((item) => row(item, now, ofOneJob))}
      </tbody>
    </table>
  </div>`;
}

function row(item: ListedExecution, now: Date, ofOneJob: boolean): Html {
  const { id, jobId, jobName, state, failureKind, startedAt, finishedAt, reason } = item;
  const took = elapsed(startedAt, state === 'running' ? now : finishedAt);
  return html`<tr>
    <td class="id"><a href="${executionPath(id)}" title="${id}">${id.slice(0, 8)}…${id.slice(-6)}</a></td>
    ${!ofOneJob && html`<td class="text"><a href="${jobPath(jobId)}">${jobName ?? 'a deleted job'}</a></td>`}
    <td class="text">
      ${badge(state, failureKind)} ${state !== 'succeeded' && html`<span class="reason">${reason}</span>`}
    </td>
    <td>${item.trigger}</td>
    <td class="when">${instant(item.createdAt)}</td>
    <td class="number">${duration(took)}</td>
    <td class="number">${item.attempt} of ${item.maxAttempts}</td>
  </tr>`;
}

function search({ q, status, from, until }: SearchQueryDto): Html {
  return searchForm({
    action: EXECUTIONS,
    words: { label: 'Job name, or id of an execution or job', value: q },
    choice: { name: 'status', label: 'Status', options: EXECUTION_STAGES, value: status },
    more: html`<div>
        <label for="from">Recorded from (UTC)</label>
        <input id="from" name="from" type="datetime-local" value="${from}" />
      </div>
      <div>
        <label for="until">until (UTC)</label>
        <input id="until" name="until" type="datetime-local" value="${until}" />
      </div>`,
  });
}
