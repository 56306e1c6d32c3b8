import type { ListedExecution } from '../../../modules/executions/execution-search.js';
import type { WaitingDepth } from '../../../modules/monitoring/queue-depth.js';
import type { NextRun } from '../../../modules/monitoring/upcoming-runs.js';
import { badge, count, duration, instant, NOTHING, relative } from '../pages/format.js';
import { html, type Html } from '../pages/html.js';
import { EXECUTIONS, executionPath, jobPath, JOBS } from '../path.js';
import type { OverviewView } from './overview.js';
import { timelineChart } from './timeline-chart.js';
import { workersTable } from './workers-table.js';

/** What the first page shows; each part that changes is renewed on its own. */
export function overviewBody(view: OverviewView): Html {
  const { now, stats, depth, workers, timeline, failures, upcoming } = view;
  return html`<h1>Overview</h1>
    <section id="totals" class="cards" data-live aria-label="Totals">
      ${card('Jobs', count(stats.totalJobs), `${count(stats.enabledJobs)} enabled`, JOBS)}
      ${card('Success rate', stats.successRate === null ? '–' : `${stats.successRate} %`, 'of the last 24 hours')}
      ${card('Recent failures', count(stats.recentFailures), 'in the last 24 hours', `${EXECUTIONS}?status=failed`)}
      ${card('Upcoming', count(stats.upcomingExecutions), 'scheduled runs within the hour')}
      ${card('Running', count(stats.runningExecutions), 'executions', `${EXECUTIONS}?status=running`)}
      ${card('Workers alive', count(stats.workers), utilisation(view))}
    </section>
    <section id="queue" class="panel" data-live>
      <h2>Queue</h2>
      ${queue(depth, stats.runningExecutions)}
      <p class="hint">
        Oldest queued:
        <strong
          >${stats.oldestQueuedSeconds === null ? 'none waits' : duration(stats.oldestQueuedSeconds * 1_000)}</strong
        >
      </p>
    </section>
    <section id="timeline" class="panel" data-live>
      <h2>Last 24 hours</h2>
      ${timelineChart(timeline)}
    </section>
    <section id="workers" class="panel" data-live>
      <h2>Workers</h2>
      ${workersTable(workers, now)}
    </section>
    <div class="columns">
      <section id="failures" class="panel" data-live>
        <h2>Recent failures</h2>
        ${failuresTable(failures, now)}
      </section>
      <section id="upcoming" class="panel" data-live>
        <h2>Next runs</h2>
        ${upcomingTable(upcoming, now)}
      </section>
    </div>`;
}

function card(name: string, figure: string, more: string, link?: string): Html {
  const content = html`<span class="name">${name}</span><span class="figure">${figure}</span
    ><span class="more">${more}</span>`;
  return link === undefined
    ? html`<div class="card">${content}</div>`
    : html`<a class="card" href="${link}">${content}</a>`;
}

function utilisation({ workers }: OverviewView): string {
  const busy = workers.reduce((sum, worker) => sum + worker.running, 0);
  const room = workers.reduce((sum, worker) => sum + worker.concurrency, 0);
  return room === 0 ? 'nothing can run' : `${Math.round((busy / room) * 100)} % utilised`;
}

function queue({ ready, held, delayed, waiting }: WaitingDepth, running: number): Html {
  const places: [name: string, number: number, meaning: string][] = [
    ['Queued', ready, 'may start now'],
    ['Blocked', held, 'by a limit of their job'],
    ['Delayed', delayed, 'until a retry, a start time, a circuit'],
    ['Waiting', waiting, 'for other jobs'],
    ['Running', running, 'in the hands of workers'],
  ];
  return html`<dl class="places">
    ${places.map(
      ([name, number, meaning]) =>
        html`<div>
          <dt>${name}</dt>
          <dd><span class="figure">${count(number)}</span><span class="more">${meaning}</span></dd>
        </div>`,
    )}
  </dl>`;
}

function failuresTable(failures: readonly ListedExecution[], now: Date): Html {
  if (failures.length === 0) return html`<p class="nothing">Nothing has failed.</p>`;
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          <th>Job</th>
          <th>What</th>
          <th>When</th>
        </tr>
      </thead>
      <tbody>
        ${failures.map(
          ({ id, jobName, state, failureKind, reason, finishedAt }) =>
            html`<tr>
              <td class="text"><a href="${executionPath(id)}">${jobName ?? 'a deleted job'}</a></td>
              <td class="text">${badge(state, failureKind)} <span class="reason">${reason}</span></td>
              <td class="when">${relative(finishedAt, now)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function upcomingTable(runs: readonly NextRun[], now: Date): Html {
  if (runs.length === 0) return html`<p class="nothing">Nothing is scheduled.</p>`;
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          <th>Job</th>
          <th>At</th>
          <th>When</th>
        </tr>
      </thead>
      <tbody>
        ${runs.map(
          ({ jobId, jobName, nextRunAt }) =>
            html`<tr>
              <td class="text"><a href="${jobPath(jobId)}">${jobName}</a></td>
              <td class="when">${instant(nextRunAt)}</td>
              <td class="when">${nextRunAt < now ? NOTHING : relative(nextRunAt, now)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
