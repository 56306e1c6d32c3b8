import { Module } from '@nestjs/common';
import { EventLog } from './event-log.js';
import { EventPulse } from './event-pulse.js';
import { EventStreams } from './event-streams.js';

/** The record of recent changes, and live streams of it; owns events and event_interest. */
@Module({
  providers: [EventLog, EventPulse, EventStreams],
  exports: [EventLog, EventStreams],
})
export class EventsModule {}
