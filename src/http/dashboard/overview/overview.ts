import { Injectable } from '@nestjs/common';
import { ExecutionSearch, type ListedExecution } from '../../../modules/executions/execution-search.js';
import { Dashboard, type DashboardStats } from '../../../modules/monitoring/dashboard.js';
import type { NodeEntity } from '../../../modules/monitoring/node.entity.js';
import { Nodes } from '../../../modules/monitoring/nodes.js';
import { QueueDepth, type WaitingDepth } from '../../../modules/monitoring/queue-depth.js';
import { Timeline, type TimelinePoint } from '../../../modules/monitoring/timeline.js';
import { type NextRun, UpcomingRuns } from '../../../modules/monitoring/upcoming-runs.js';
import { DatabaseClock } from '../../../platform/clock/database-clock.js';

/** Everything that the first page shows. */
export interface OverviewView {
  now: Date;
  stats: DashboardStats;
  depth: WaitingDepth;
  workers: NodeEntity[];
  timeline: TimelinePoint[];
  failures: ListedExecution[];
  upcoming: NextRun[];
}

const TIMELINE_HOURS = 24;
const LISTED = 8;
/** However many people look, the figures are read once in so many milliseconds. */
const FRESH_MS = 1_000;
/** Sets of projects whose figures are kept at most. */
const MOST_KEPT = 100;

/** Reads the figures of the first page, for all who look at the same ones together. */
@Injectable()
export class Overview {
  private readonly kept = new Map<string, { at: number; view: Promise<OverviewView> }>();

  constructor(
    private readonly dashboard: Dashboard,
    private readonly depth: QueueDepth,
    private readonly nodes: Nodes,
    private readonly timeline: Timeline,
    private readonly search: ExecutionSearch,
    private readonly upcoming: UpcomingRuns,
    private readonly clock: DatabaseClock,
  ) {}

  /** @param projects the only ones to look at; null: all */
  read(projects: readonly string[] | null): Promise<OverviewView> {
    const key = JSON.stringify(projects);
    const kept = this.kept.get(key);
    if (kept && performance.now() - kept.at < FRESH_MS) return kept.view;
    if (this.kept.size >= MOST_KEPT) this.kept.clear();
    const view = this.readAnew(projects);
    this.kept.set(key, { at: performance.now(), view });
    // A failure is for those who look now; the next look tries again.
    view.catch(() => this.kept.delete(key));
    return view;
  }

  private async readAnew(projects: readonly string[] | null): Promise<OverviewView> {
    const [stats, depth, workers, timeline, failures, upcoming] = await Promise.all([
      this.dashboard.stats(projects),
      this.depth.waiting(projects),
      this.nodes.alive(),
      this.timeline.read(TIMELINE_HOURS, projects),
      this.search.find({ stage: 'failed', limit: LISTED }, projects),
      this.upcoming.next(LISTED, projects),
    ]);
    return { now: this.clock.now(), stats, depth, workers, timeline, failures: failures.items, upcoming };
  }
}
