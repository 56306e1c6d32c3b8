import type { RunStreamItem } from '../../../modules/runs/run-streams.js';
import { progressDto, toRunDto } from './run.mapper.js';
import { runStatus } from './run-status.js';

/** An item of the stream of a run as server-sent events write it; a sign of life has no data, so clients see no event. */
export function runEventText(item: RunStreamItem): string {
  switch (item.kind) {
    case 'alive':
      return `: alive\nid: ${item.id}\n\n`;
    case 'state': {
      const { state, attempt, at } = item.moment;
      const status = runStatus(state, item.run?.failureKind ?? null);
      return eventText('status', item.id, { status, attempt, at: at.toISOString() });
    }
    case 'progress':
      return eventText('progress', item.id, progressDto(item.progress));
    case 'log': {
      const { seq, at, level, message, attempt } = item.line;
      return eventText('log', item.id, { sequence: seq, at: at.toISOString(), level, message, attempt });
    }
    case 'end':
      return eventText('end', item.id, toRunDto(item.run));
  }
}

function eventText(type: string, id: string, data: object): string {
  return `event: ${type}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`;
}
