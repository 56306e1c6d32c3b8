import type { LoggedEvent } from '../../../modules/monitoring/events/event-log.js';
import type { StreamItem } from '../../../modules/monitoring/events/event-streams.js';
import type { ExecutionState } from '../../../domain/execution/state.js';
import type { JobState } from '../../../domain/job/job-type.js';
import { QueryText } from '../../shared/validation/query-decorators.js';
import { executionStatusWord, jobStatusWord } from '../words.js';

/** Which events to stream. */
export class StreamEventsQueryDto {
  @QueryText({ maxLength: 36, description: 'Only events of the job with this id, and of its executions.' })
  jobId?: string;
}

/**
 * An item of a stream as server-sent events write it. A heartbeat has no data: clients see no event but note its id.
 */
export function eventText(item: StreamItem): string {
  switch (item.kind) {
    case 'alive':
      return `: alive\nid: ${item.position}\n\n`;
    case 'reset':
      return `event: reset\nid: ${item.position}\ndata: {}\n\n`;
    case 'event': {
      const type = item.event.executionId === null ? 'job' : 'execution';
      return `event: ${type}\nid: ${item.position}\ndata: ${JSON.stringify(eventData(item.event))}\n\n`;
    }
  }
}

function eventData({ jobId, executionId, state, revision, at }: LoggedEvent): object {
  if (executionId === null) {
    const status = state === 'deleted' ? 'Deleted' : jobStatusWord(state as JobState);
    return { jobId, status, version: revision, at: at.toISOString() };
  }
  const status = executionStatusWord(state as ExecutionState);
  return { executionId, jobId, status, retryCount: revision - 1, at: at.toISOString() };
}
