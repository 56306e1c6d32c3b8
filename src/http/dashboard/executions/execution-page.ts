import type { Json } from '../../../domain/execution/outcome.js';
import type { LogLine } from '../../../modules/executions/execution-logs.js';
import type { AttemptView, ExecutionView } from '../../../modules/executions/execution.view.js';
import { badge, cut, duration, elapsed, instant, NOTHING } from '../pages/format.js';
import { facts } from '../pages/facts.js';
import { html, type Html } from '../pages/html.js';
import { pre } from '../pages/pre.js';
import { EXECUTIONS, executionPath, jobPath } from '../path.js';

/** Characters of an error that are shown. */
const MOST_OF_ERROR = 5_000;

/** All that is shown of one execution. */
export interface ExecutionPageView {
  execution: ExecutionView;
  attempts: readonly AttemptView[];
  lines: readonly LogLine[];
  /** Why it has not started; null: it has, or will at any moment. */
  pendingReason: string | null;
  /** It has not ended, so the page changes. */
  live: boolean;
  now: Date;
}

export function executionBody(view: ExecutionPageView): Html {
  const { execution, attempts, lines, live } = view;
  return html`<p class="trail"><a href="${EXECUTIONS}">Executions</a> / <code>${execution.id}</code></p>
    <h1>${execution.jobName ?? 'A deleted job'}</h1>
    <div id="execution" ${live && html`data-live`}>
      ${facts(known(view))}
      ${execution.error !== null && failure(execution.error.code, execution.error.message, execution.error.details)}
      <section class="panel">
        <h2>Attempts</h2>
        ${attemptsTable(attempts, view.now)}
      </section>
      ${data('Output', execution.output)} ${data('Payload', execution.payload)}
      <section class="panel">
        <h2>Log</h2>
        ${lines.length === 0 ? html`<p class="nothing">It has written nothing.</p>` : log(lines)}
      </section>
    </div>`;
}

function known({
  execution,
  pendingReason,
  now,
}: ExecutionPageView): [name: string, value: Html | string | null][] {
  const { id, jobId, state, failureKind, startedAt, finishedAt, retryParentId, cancelReason } = execution;
  const running = state === 'running';
  return [
    ['State', badge(state, failureKind)],
    ['Why not started', pendingReason],
    ['Why cancelled', cancelReason],
    [
      'Job',
      html`<a href="${jobPath(jobId)}">${execution.jobName ?? jobId}</a>, version ${execution.jobVersion}`,
    ],
    [
      'Trigger',
      execution.createdBy === null ? execution.trigger : `${execution.trigger}, by ${execution.createdBy}`,
    ],
    ['Scheduled for', execution.scheduledFor && instant(execution.scheduledFor, { exact: true })],
    ['Recorded', instant(execution.createdAt, { exact: true })],
    ['May start at', instant(execution.availableAt, { exact: true })],
    ['Started', startedAt && instant(startedAt, { exact: true })],
    ['Finished', finishedAt && instant(finishedAt, { exact: true })],
    ['Took', duration(elapsed(startedAt, running ? now : finishedAt))],
    ['Attempt', `${execution.attempt} of ${execution.maxAttempts}`],
    ['Priority', String(execution.priority)],
    ['Repeats', retryParentId && html`<a href="${executionPath(retryParentId)}">${retryParentId}</a>`],
    ['Id', html`<code>${id}</code>`],
  ];
}

function failure(code: string, message: string, details: Json | undefined): Html {
  return html`<section class="panel">
    <h2>Error</h2>
    <p class="refusal"><code>${code}</code> ${cut(message, MOST_OF_ERROR)}</p>
    ${details !== undefined && details !== null && pre(details)}
  </section>`;
}

function attemptsTable(attempts: readonly AttemptView[], now: Date): Html {
  if (attempts.length === 0) return html`<p class="nothing">None has started.</p>`;
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          <th>Attempt</th>
          <th>Outcome</th>
          <th>Error</th>
          <th>Started</th>
          <th>Took</th>
          <th>Timings</th>
        </tr>
      </thead>
      <tbody>
        ${attempts.map(
          ({ attempt, outcome, failureKind, error, startedAt, finishedAt, trace }) =>
            html`<tr>
              <td class="number">${attempt}</td>
              <td>${badge(outcome, failureKind)}</td>
              <td class="text">${error === null ? NOTHING : cut(error.message, 500)}</td>
              <td class="when">${instant(startedAt, { exact: true })}</td>
              <td class="number">
                ${duration(elapsed(startedAt, outcome === 'running' ? now : finishedAt))}
              </td>
              <td class="text">${trace === null ? NOTHING : timings(trace)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function timings(trace: Record<string, number>): string {
  return Object.entries(trace)
    .map(([name, value]) => `${name} ${Math.round(value * 10) / 10}`)
    .join(', ');
}

function data(name: string, value: Json): Html | null {
  if (value === null) return null;
  return html`<section class="panel">
    <h2>${name}</h2>
    ${pre(value)}
  </section>`;
}

function log(lines: readonly LogLine[]): Html {
  return html`<div class="log" tabindex="0">
    ${lines.map(
      ({ at, level, message, attempt }) =>
        html`<div class="line ${level}">
          <span class="at">${at.toISOString().slice(11, 23)}</span> <span class="attempt">#${attempt}</span>
          <span class="level">${level}</span> <span class="message">${message}</span>
        </div>`,
    )}
  </div>`;
}
