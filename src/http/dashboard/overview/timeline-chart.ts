import type { TimelinePoint } from '../../../modules/monitoring/timeline.js';
import { count } from '../pages/format.js';
import { html, type Html } from '../pages/html.js';

const WIDTH = 960;
const HEIGHT = 150;
/** Above the bars, for the highest number; below, for the hours. */
const TOP = 18;
const BOTTOM = 20;
/** Every third hour is named: all would not fit. */
const NAMED_EVERY = 3;

/** What succeeded and failed in each hour, as bars. */
export function timelineChart(points: readonly TimelinePoint[]): Html {
  const most = Math.max(1, ...points.map(({ succeeded, failed }) => succeeded + failed));
  const sum = (of: 'succeeded' | 'failed') => count(points.reduce((total, point) => total + point[of], 0));
  const summary = `${sum('succeeded')} succeeded, ${sum('failed')} failed`;
  return html`<p class="legend">
      <span class="key succeeded">succeeded</span>
      <span class="key failed">failed</span>
    </p>
    <div class="scroll">
      <svg class="chart" viewBox="0 0 ${WIDTH} ${TOP + HEIGHT + BOTTOM}" role="img" aria-label="${summary}">
        <line class="grid" x1="0" x2="${WIDTH}" y1="${TOP}" y2="${TOP}" />
        <line class="grid" x1="0" x2="${WIDTH}" y1="${TOP + HEIGHT / 2}" y2="${TOP + HEIGHT / 2}" />
        <text class="most" x="0" y="${TOP - 6}">${count(most)}</text>
        ${points.map((point, index) => bar(point, index, WIDTH / points.length, HEIGHT / most))}
        <line class="base" x1="0" x2="${WIDTH}" y1="${TOP + HEIGHT}" y2="${TOP + HEIGHT}" />
      </svg>
    </div>`;
}

function bar(point: TimelinePoint, index: number, width: number, scale: number): Html {
  const { succeeded, failed, running, timestamp } = point;
  const hour = timestamp.toISOString().slice(11, 16);
  const told = `${hour}: ${count(succeeded)} succeeded, ${count(failed)} failed, ${count(running)} running at its end`;
  const left = index * width;
  const good = visible(succeeded, scale);
  const bad = visible(failed, scale);
  const rect = (kind: string, y: number, height: number) =>
    height > 0 &&
    html`<rect
      class="${kind}"
      x="${round(left + width * 0.15)}"
      y="${round(y)}"
      width="${round(width * 0.7)}"
      height="${round(height)}"
      rx="1.5"
    />`;
  return html`<g class="hour">
    <title>${told}</title>
    <rect class="touch" x="${round(left)}" y="${TOP}" width="${round(width)}" height="${HEIGHT}" />
    ${rect('succeeded', TOP + HEIGHT - good, good)} ${rect('failed', TOP + HEIGHT - good - bad, bad)}
    ${
      index % NAMED_EVERY === 0 &&
      html`<text class="hour-name" x="${round(left + width / 2)}" y="${TOP + HEIGHT + 14}">${hour}</text>`
    }
  </g>`;
}

/** Something that happened can be seen, however little it was beside the rest. */
function visible(number: number, scale: number): number {
  return number === 0 ? 0 : Math.max(1.5, number * scale);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
