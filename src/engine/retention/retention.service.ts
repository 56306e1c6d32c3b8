import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { Loop } from '../loop.js';
import { Loops } from '../loops.js';
import { Retention } from './retention.js';

const EVERY_MS = 3_600_000;

/** Runs retention for as long as the process lives. */
@Injectable()
export class RetentionService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly loop: Loop;

  constructor(retention: Retention, loops: Loops) {
    this.loop = loops.add(new Loop('retention', EVERY_MS, () => retention.runOnce()));
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop.stop();
  }
}
