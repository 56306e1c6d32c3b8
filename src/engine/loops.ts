import type { Loop } from './loop.js';

/** The loops of this process, for health and metrics. */
export class Loops {
  private readonly loops: Loop[] = [];

  add(loop: Loop): Loop {
    this.loops.push(loop);
    return loop;
  }

  all(): readonly Loop[] {
    return this.loops;
  }
}
