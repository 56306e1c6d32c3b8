/** How the runs of a job ended within a time. */
export interface RunTally {
  total: number;
  completed: number;
  failed: number;
  timedOut: number;
  crashed: number;
  canceled: number;
  expired: number;
  /** Of runs that started and ended; null: there are none. */
  avgSeconds: number | null;
  p95Seconds: number | null;
}

const RATE_WEIGHT = 0.7;
const STABILITY_POINTS = 30;
/** Lost for each average that the 95th percentile lies above twice the average. */
const INSTABILITY_COST = 15;
const NO_RUNS = -1;

/** The share of runs that completed among those that ended and were not cancelled, 0–100; without any 0. */
export function successRate({ completed, failed, timedOut, crashed, expired }: RunTally): number {
  const ended = completed + failed + timedOut + crashed + expired;
  return ended === 0 ? 0 : (100 * completed) / ended;
}

/** 0–100: seventy points for the success rate, thirty for durations that stay alike; −1 with no runs. */
export function healthScore(tally: RunTally): number {
  if (tally.total === 0) return NO_RUNS;
  const { avgSeconds, p95Seconds } = tally;
  const spread = avgSeconds && p95Seconds ? Math.max(0, p95Seconds / avgSeconds - 2) : 0;
  return RATE_WEIGHT * successRate(tally) + Math.max(0, STABILITY_POINTS - INSTABILITY_COST * spread);
}
