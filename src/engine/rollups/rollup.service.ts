import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { Rollups } from '../../modules/monitoring/rollups.js';
import { Loop } from '../loop.js';
import { Loops } from '../loops.js';

const FOLD_EVERY_MS = 1_000;

/** Folds the roll-ups for as long as the process lives. */
@Injectable()
export class RollupService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly loop: Loop;

  constructor(rollups: Rollups, loops: Loops) {
    this.loop = loops.add(new Loop('rollups', FOLD_EVERY_MS, () => rollups.fold()));
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop.stop();
  }
}
