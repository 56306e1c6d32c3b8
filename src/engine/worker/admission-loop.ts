import type { FlowControl } from '../../modules/executions/flow-control.js';
import { Loop } from '../loop.js';

/** The next instant is looked up so often: another process may have set a nearer one. */
const LOOK_EVERY_MS = 250;
/** Where something is due that another process has just locked. */
const PAUSE_MS = 20;

/**
 * Lets go ahead what waits for nothing but time: a delay, a rate, an execution window; ends what may not start any more.
 * Wakes at the very instant that the database names, and does nothing for what waits for something else.
 */
export class AdmissionLoop {
  readonly loop: Loop;
  private timer: NodeJS.Timeout | null = null;

  constructor(private readonly flow: Pick<FlowControl, 'admitDue' | 'expireDue' | 'msToNextWake'>) {
    this.loop = new Loop('admissions', LOOK_EVERY_MS, () => this.runOnce());
  }

  /** Does what is due and sets the timer for what is due next. */
  async runOnce(): Promise<{ admitted: number; expired: number }> {
    const done = { admitted: 0, expired: 0 };
    let next = await this.flow.msToNextWake();
    if (next === 0) {
      done.expired = await this.flow.expireDue();
      done.admitted = await this.flow.admitDue();
      next = await this.flow.msToNextWake();
    }
    this.close();
    if (next !== null && next < LOOK_EVERY_MS)
      this.timer = setTimeout(() => this.loop.wake(), Math.max(next, PAUSE_MS));
    return done;
  }

  /** Forgets the next instant. */
  close(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
  }
}
