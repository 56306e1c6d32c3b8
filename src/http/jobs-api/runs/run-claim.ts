import type { RunClaim } from '../../../modules/run-reports/run-tokens.js';
import type { RunView } from '../../../modules/runs/run.view.js';

/** How long a run may take to start, and then to run, for a token that is issued before it starts. */
const AHEAD_MS = 2 * 86_400_000;

/** What a token says that is issued before its attempt starts: it holds once that executes. @param run as it stands */
export function claimAhead(id: string, run: RunView | undefined): RunClaim {
  const from = Math.max(Date.now(), run?.availableAt.getTime() ?? 0);
  return { runId: id, attempt: run?.attempt ?? 1, started: false, expiresAt: new Date(from + AHEAD_MS) };
}
