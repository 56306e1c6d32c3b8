import type { Json } from '../../domain/execution/outcome.js';
import type { RunView } from '../../modules/runs/run.view.js';

/** How the end of a run is called, and the run as callers see it. The composition root lends the words of a dialect. */
export type RunTeller = (run: RunView) => { type: string; run: Record<string, Json> };

export const RUN_TELLER = Symbol('run-teller');
