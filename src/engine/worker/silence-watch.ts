import type { RunReports } from '../../modules/run-reports/run-reports.js';
import type { Attempt } from './attempt.js';

/** Shorter attempts are not looked at: a promise is at least a second long. */
const YOUNGEST_MS = 1_000;

/** Stops attempts whose endpoint promised signs of life and gives none any more. */
export class SilenceWatch {
  constructor(
    private readonly inHand: () => readonly Attempt[],
    private readonly reports: Pick<RunReports, 'silent'>,
  ) {}

  /** Looks once: one small query, none while nothing has been running for long. */
  async runOnce(): Promise<{ stopped: number }> {
    const before = performance.now() - YOUNGEST_MS;
    const watched = this.inHand().filter(
      (attempt) => attempt.startedAt !== null && !attempt.done && attempt.startedTick < before,
    );
    if (watched.length === 0) return { stopped: 0 };
    const silent = new Set(await this.reports.silent(watched.map(({ execution }) => execution)));
    const found = watched.filter((attempt) => silent.has(attempt.id));
    for (const attempt of found) if (!attempt.done) attempt.stop('silent');
    return { stopped: found.length };
  }
}
