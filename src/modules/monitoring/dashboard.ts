import { Injectable } from '@nestjs/common';
import { RetentionLog, type RetentionState } from '../admin/retention-log.js';
import { HotDatabase } from '../../platform/database/hot-database.js';
import { COUNT_JOBS, COUNT_LIVE } from '../../platform/database/sql/dashboard.sql.js';
import { ENDED_RECENTLY } from '../../platform/database/sql/rollups.sql.js';
import { Nodes } from './nodes.js';
import { UpcomingRuns } from './upcoming-runs.js';

/** What a dashboard shows at a glance. */
export interface DashboardStats {
  totalJobs: number;
  enabledJobs: number;
  /** Of the executions that ended within 24 hours, how many in a hundred succeeded; null: none ended. */
  successRate: number | null;
  /** Scheduled runs within the next hour. */
  upcomingExecutions: number;
  /** Executions that failed within 24 hours. */
  recentFailures: number;
  runningExecutions: number;
  /** May start, and wait for a worker or a slot. */
  queuedExecutions: number;
  /** How long the oldest of these has been waiting, in seconds; null: none waits. */
  oldestQueuedSeconds: number | null;
  /** Worker processes that are alive. */
  workers: number;
  /** What retention did last, and when it runs next; of the whole installation. */
  retention: RetentionState;
}

const RECENT_HOURS = 24;
const UPCOMING_SECONDS = 3_600;
/** Computing the planned runs may take a while, and they hardly change from one look to the next. */
const UPCOMING_FRESH_MS = 5_000;
/** So long they may be shown while newer ones are being computed. */
const UPCOMING_KEPT_MS = 30_000;
/** Sets of projects whose planned runs are kept at most. */
const UPCOMING_KEPT = 100;

/** Planned runs that were computed, and their successors that are being computed. */
interface PlannedRuns {
  /** When they were asked for, by the monotonic clock in ms. */
  at: number;
  runs: Promise<number>;
  renewing: boolean;
}

interface Ended {
  succeeded: number;
  failed: number;
  cancelled: number;
}

/** Health and activity at a glance. */
@Injectable()
export class Dashboard {
  private readonly upcoming = new Map<string, PlannedRuns>();

  constructor(
    private readonly database: HotDatabase,
    private readonly upcomingRuns: UpcomingRuns,
    private readonly nodes: Nodes,
    private readonly retention: RetentionLog,
  ) {}

  /** @param projects the only ones to look at; null: all */
  async stats(projects: readonly string[] | null): Promise<DashboardStats> {
    const [jobs, ended, live, upcomingExecutions, workers, retention] = await Promise.all([
      this.database.rows<{ total: number; enabled: number }>(COUNT_JOBS, [projects]),
      this.database.rows<Ended>(ENDED_RECENTLY, [RECENT_HOURS, projects]),
      this.database.rows<{ queued: number; running: number; oldestSeconds: number | null }>(COUNT_LIVE, [
        projects,
      ]),
      this.upcomingExecutions(projects),
      this.nodes.alive(),
      this.retention.read(),
    ]);
    return {
      totalJobs: jobs[0]?.total ?? 0,
      enabledJobs: jobs[0]?.enabled ?? 0,
      successRate: successRate(ended[0]),
      upcomingExecutions,
      recentFailures: ended[0]?.failed ?? 0,
      runningExecutions: live[0]?.running ?? 0,
      queuedExecutions: live[0]?.queued ?? 0,
      oldestQueuedSeconds: live[0]?.oldestSeconds ?? null,
      workers: workers.length,
      retention,
    };
  }

  private upcomingExecutions(projects: readonly string[] | null): Promise<number> {
    const key = JSON.stringify(projects);
    const kept = this.upcoming.get(key);
    const age = kept ? performance.now() - kept.at : Infinity;
    if (!kept || age > UPCOMING_KEPT_MS) return this.countUpcoming(key, projects);
    if (age > UPCOMING_FRESH_MS && !kept.renewing) {
      kept.renewing = true;
      // The renewed ones take the place of these when they are there; a failure is for the next look to meet.
      const at = performance.now();
      this.upcomingRuns.count(UPCOMING_SECONDS, projects).then(
        (runs) => this.upcoming.set(key, { at, runs: Promise.resolve(runs), renewing: false }),
        () => this.upcoming.delete(key),
      );
    }
    return kept.runs;
  }

  private countUpcoming(key: string, projects: readonly string[] | null): Promise<number> {
    if (this.upcoming.size >= UPCOMING_KEPT) this.upcoming.clear();
    const runs = this.upcomingRuns.count(UPCOMING_SECONDS, projects);
    this.upcoming.set(key, { at: performance.now(), runs, renewing: false });
    runs.catch(() => this.upcoming.delete(key));
    return runs;
  }
}

function successRate(ended: Ended | undefined): number | null {
  if (!ended) return null;
  const all = ended.succeeded + ended.failed + ended.cancelled;
  return all === 0 ? null : Math.round((ended.succeeded / all) * 10_000) / 100;
}
