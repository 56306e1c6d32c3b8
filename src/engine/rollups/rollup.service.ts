import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { EventLog } from '../../modules/monitoring/events/event-log.js';
import { Rollups } from '../../modules/monitoring/rollups.js';
import { Loop } from '../loop.js';
import { Loops } from '../loops.js';

const FOLD_EVERY_MS = 1_000;
const PURGE_EVENTS_EVERY_MS = 10_000;

/** Folds the roll-ups and forgets old events for as long as the process lives. */
@Injectable()
export class RollupService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly own: Loop[];

  constructor(rollups: Rollups, events: EventLog, loops: Loops) {
    this.own = [
      new Loop('rollups', FOLD_EVERY_MS, () => rollups.fold()),
      new Loop('events', PURGE_EVENTS_EVERY_MS, () => events.purge()),
    ];
    for (const loop of this.own) loops.add(loop);
  }

  onApplicationBootstrap(): void {
    for (const loop of this.own) loop.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.own.map((loop) => loop.stop()));
  }
}
