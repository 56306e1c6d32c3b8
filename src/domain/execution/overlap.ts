import type { OverlapPolicy } from '../schedule/schedule.js';

/** How busy a job is with earlier executions. */
export interface Busyness {
  /** Executions that are running or about to. */
  active: number;
  /** Whether any wait for their turn. */
  anyHeld: boolean;
}

export type OverlapDecision = { kind: 'enqueue'; cancelOthers: boolean } | { kind: 'skip'; reason: string };

const ENQUEUE: OverlapDecision = { kind: 'enqueue', cancelOthers: false };

/** What becomes of a due instant while earlier executions of the job have not ended. */
export function decideOverlap(policy: OverlapPolicy, busy: Busyness): OverlapDecision {
  if (busy.active === 0 && !busy.anyHeld) return ENQUEUE;
  switch (policy) {
    case 'allow':
    case 'queueAll':
      return ENQUEUE;
    case 'skip':
      return { kind: 'skip', reason: 'overlap' };
    case 'queueOne':
      return busy.anyHeld ? { kind: 'skip', reason: 'overlap_queue_full' } : ENQUEUE;
    case 'cancelRunning':
      return { kind: 'enqueue', cancelOthers: true };
  }
}
