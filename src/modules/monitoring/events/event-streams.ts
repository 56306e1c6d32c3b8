import { Injectable } from '@nestjs/common';
import { type EventFilter, EventLog, type LoggedEvent } from './event-log.js';
import { type EventPosition, isComplete, parsePosition, positionText } from './event-position.js';
import { EventPulse } from './event-pulse.js';

/** What a stream gives: an event, a heartbeat, or that events may be missing before this place. */
export type StreamItem = { position: string } & (
  { kind: 'event'; event: LoggedEvent } | { kind: 'alive' } | { kind: 'reset' }
);

/** A stream that has begun; leave it by `return`, or by the signal. */
export type EventStream = AsyncGenerator<StreamItem, void, undefined>;

const PAGE = 500;
const HEARTBEAT_MS = 15_000;
/** A stream ends after so long, so that tokens are checked again; clients come back by themselves. */
const LIFETIME_MS = 15 * 60_000;

/** Live streams of events. Each reads at its reader's pace: a slow one holds nobody up and fills no memory. */
@Injectable()
export class EventStreams {
  constructor(
    private readonly events: EventLog,
    private readonly pulse: EventPulse,
  ) {}

  /**
   * Begins a stream: after a position that an earlier stream gave, on whatever process, or with the present.
   * Every event after that position comes exactly once and in order; where this cannot be kept, a `reset` comes first.
   * @param after text of a position; null: the present
   * @param heartbeatMs how long it may say nothing
   * @throws DomainError too_many_streams
   */
  async open(
    after: string | null,
    filter: EventFilter,
    signal: AbortSignal,
    heartbeatMs = HEARTBEAT_MS,
  ): Promise<EventStream> {
    const leave = await this.pulse.join();
    try {
      const record = await this.events.position();
      const known = after === null ? null : parsePosition(after);
      const resumes = known !== null && isComplete(known, record);
      const begin = resumes ? known : { xid: record.start, id: '0' };
      return this.run({ begin, gap: after !== null && !resumes }, filter, signal, leave, heartbeatMs);
    } catch (error) {
      leave();
      throw error;
    }
  }

  private async *run(
    { begin, gap }: { begin: EventPosition; gap: boolean },
    filter: EventFilter,
    signal: AbortSignal,
    leave: () => void,
    heartbeatMs: number,
  ): EventStream {
    const ended = AbortSignal.any([signal, this.pulse.stopping, AbortSignal.timeout(LIFETIME_MS)]);
    let position = begin;
    try {
      yield { kind: gap ? 'reset' : 'alive', position: positionText(position) };
      let heardAt = performance.now();
      while (!ended.aborted) {
        const { horizon } = await this.events.position();
        const page = await this.events.read(position, horizon, filter, PAGE);
        for (const event of page) {
          if (ended.aborted) return;
          position = { xid: event.xid, id: event.id };
          yield { kind: 'event', position: positionText(position), event };
          heardAt = performance.now();
        }
        if (page.length === PAGE) continue;
        position = later(position, { xid: horizon, id: '0' });
        await this.pulse.beat(Math.max(heartbeatMs - (performance.now() - heardAt), 0), ended);
        if (performance.now() - heardAt < heartbeatMs || ended.aborted) continue;
        yield { kind: 'alive', position: positionText(position) };
        heardAt = performance.now();
      }
    } finally {
      leave();
    }
  }
}

/** Everything before the horizon has been read, also what the filter left out. */
function later(a: EventPosition, b: EventPosition): EventPosition {
  return BigInt(b.xid) > BigInt(a.xid) ? b : a;
}
