import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { SETTINGS } from '../../config/configuration.module.js';
import type { Settings } from '../../config/settings.js';
import { RunMaintenance } from '../../modules/workflows/run-maintenance.js';
import { WorkflowClock } from '../../modules/workflows/workflow-clock.js';
import { Loop } from '../loop.js';
import { Loops } from '../loops.js';

/** New and changed schedules are noticed within this time. */
const LOOK_EVERY_MS = 1_000;
const MEND_EVERY_MS = 15_000;
const PURGE_EVERY_MS = 600_000;

/** Fires the schedules of workflows and looks after their runs, for as long as the process lives. */
@Injectable()
export class WorkflowLoopsService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly own: Loop[];
  private readonly firing: Loop;
  private alarm: NodeJS.Timeout | undefined;

  constructor(
    @Inject(SETTINGS) settings: Settings,
    private readonly clock: WorkflowClock,
    maintenance: RunMaintenance,
    loops: Loops,
  ) {
    this.firing = new Loop('workflow-clock', LOOK_EVERY_MS, () => this.fire());
    this.own = [
      this.firing,
      new Loop('workflow-mend', MEND_EVERY_MS, () => maintenance.mendOnce()),
      new Loop('workflow-cancel', MEND_EVERY_MS, () => maintenance.cancelOnce()),
      new Loop('workflow-purge', PURGE_EVERY_MS, () => maintenance.purge(settings.executionRetentionDays)),
    ];
    for (const loop of this.own) loops.add(loop);
  }

  onApplicationBootstrap(): void {
    for (const loop of this.own) loop.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    const stopped = Promise.all(this.own.map((loop) => loop.stop()));
    await stopped;
    clearTimeout(this.alarm);
  }

  /** Fires what is due, and sets an alarm for what comes before the next look. */
  private async fire(): Promise<void> {
    const started = await this.clock.runOnce();
    const untilNext = await this.clock.untilNextMs();
    clearTimeout(this.alarm);
    // What is still due although nothing was started is held, or another node's: it waits for the next look.
    if (untilNext === null || untilNext >= LOOK_EVERY_MS || (untilNext <= 0 && started === 0)) return;
    this.alarm = setTimeout(() => this.firing.wake(), Math.max(1, Math.ceil(untilNext)));
  }
}
