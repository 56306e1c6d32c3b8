import { Inject, Injectable, Logger } from '@nestjs/common';
import { SETTINGS } from '../../config/configuration.module.js';
import type { Settings } from '../../config/settings.js';
import { FlowControl } from '../../modules/executions/flow-control.js';
import { Prerequisites } from '../../modules/executions/prerequisites.js';
import { Rescuer, type RescueCount } from '../../modules/executions/rescuer.js';
import { Nodes } from '../../modules/monitoring/nodes.js';
import { HotDatabase } from '../../platform/database/hot-database.js';
import { EngineMetrics } from '../../platform/metrics/engine-metrics.js';
import { RenewalGrace } from './renewal-grace.js';

const FORGET_NODES_AFTER_SECONDS = 3_600;

/** Puts right what crashes leave behind. Any number of nodes may run it at once. */
@Injectable()
export class Reaper {
  private readonly log = new Logger(Reaper.name);
  private readonly grace: RenewalGrace;

  constructor(
    @Inject(SETTINGS) settings: Settings,
    database: HotDatabase,
    private readonly rescuer: Rescuer,
    private readonly flow: FlowControl,
    private readonly prerequisites: Prerequisites,
    private readonly nodes: Nodes,
    private readonly metrics: EngineMetrics,
  ) {
    this.grace = new RenewalGrace(database, settings.leaseSeconds);
  }

  /**
   * Rescues the executions of lost workers; none for a moment after the database was away, until those that live have
   * renewed their leases.
   * @returns how many, by what became of them
   */
  async rescueOnce(): Promise<RescueCount> {
    const total: RescueCount = { requeued: 0, failed: 0, cancelled: 0 };
    while (await this.grace.isOver()) {
      const count = await this.rescuer.rescueBatch();
      total.requeued += count.requeued;
      total.failed += count.failed;
      total.cancelled += count.cancelled;
      if (count.requeued + count.failed + count.cancelled === 0) break;
    }
    this.report(total);
    return total;
  }

  /** Mends slot counters, decides again over what waits for other jobs, and forgets dead nodes. @returns what it found */
  async mendOnce(): Promise<{ mendedJobs: number; forgottenNodes: number }> {
    const mended = await this.flow.mend();
    await this.prerequisites.mend();
    if (mended.length > 0)
      this.log.error({ jobIds: mended }, 'Slot counters were wrong and have been mended');
    return {
      mendedJobs: mended.length,
      forgottenNodes: await this.nodes.forgetDead(FORGET_NODES_AFTER_SECONDS),
    };
  }

  private report(total: RescueCount): void {
    for (const [result, count] of Object.entries(total) as [keyof RescueCount, number][]) {
      if (count > 0) this.metrics.rescued.inc({ result }, count);
    }
    if (total.requeued + total.failed + total.cancelled > 0)
      this.log.warn(total, 'Rescued executions of lost workers');
  }
}
