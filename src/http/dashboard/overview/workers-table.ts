import type { NodeEntity } from '../../../modules/monitoring/node.entity.js';
import { count, relative } from '../pages/format.js';
import { html, type Html } from '../pages/html.js';

/** The worker processes that are alive, with how much of their room is in use. */
export function workersTable(workers: readonly NodeEntity[], now: Date): Html {
  if (workers.length === 0)
    return html`<p class="refusal">No worker is alive: what is queued waits until one is started.</p>`;
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          <th>Worker</th>
          <th>Role</th>
          <th>Executions in hand</th>
          <th>Utilisation</th>
          <th>Started</th>
          <th>Last seen</th>
        </tr>
      </thead>
      <tbody>
        ${workers.map(
          (worker) =>
            html`<tr>
              <td class="text">${worker.host}, process ${worker.pid}</td>
              <td>${worker.role}</td>
              <td class="number">${count(worker.running)} of ${count(worker.concurrency)}</td>
              <td>${share(worker)}</td>
              <td class="when">${relative(worker.startedAt, now)}</td>
              <td class="when">${relative(worker.heartbeatAt, now)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function share({ running, concurrency }: NodeEntity): Html {
  const percent = Math.min(100, Math.round((running / Math.max(1, concurrency)) * 100));
  return html`<span class="share"
    ><svg class="gauge" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
      <rect class="room" width="100" height="8" />
      <rect class="used" width="${percent}" height="8" /></svg
    >${percent} %</span
  >`;
}
