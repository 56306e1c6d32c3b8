import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { Loop } from '../loop.js';
import { Loops } from '../loops.js';
import { Reaper } from './reaper.js';

const RESCUE_EVERY_MS = 1_000;
const MEND_EVERY_MS = 30_000;

/** Runs the reaper for as long as the process lives. */
@Injectable()
export class ReaperService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly own: Loop[];

  constructor(reaper: Reaper, loops: Loops) {
    this.own = [
      new Loop('rescue', RESCUE_EVERY_MS, () => reaper.rescueOnce()),
      new Loop('mend', MEND_EVERY_MS, () => reaper.mendOnce()),
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
