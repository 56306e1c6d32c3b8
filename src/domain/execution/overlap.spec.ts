import type { OverlapPolicy } from '../schedule/schedule.js';
import { decideOverlap } from './overlap.js';

const idle = { active: 0, anyHeld: false };
const running = { active: 1, anyHeld: false };
const crowded = { active: 1, anyHeld: true };
const waiting = { active: 0, anyHeld: true };

/** A decision in a word. */
function decided(policy: OverlapPolicy, busy: typeof idle): string {
  const decision = decideOverlap(policy, busy);
  if (decision.kind === 'skip') return decision.reason;
  return decision.cancelOthers ? 'replace' : 'enqueue';
}

describe('the overlap policy', () => {
  it.each<[OverlapPolicy, string, string, string]>([
    ['allow', 'enqueue', 'enqueue', 'enqueue'],
    ['queueAll', 'enqueue', 'enqueue', 'enqueue'],
    ['queueOne', 'enqueue', 'overlap_queue_full', 'overlap_queue_full'],
    ['skip', 'overlap', 'overlap', 'overlap'],
    ['cancelRunning', 'replace', 'replace', 'replace'],
  ])('%s: one runs, one waits too, one waits only', (policy, whileRunning, whileCrowded, whileWaiting) => {
    expect(decided(policy, idle)).toBe('enqueue');
    expect(decided(policy, running)).toBe(whileRunning);
    expect(decided(policy, crowded)).toBe(whileCrowded);
    expect(decided(policy, waiting)).toBe(whileWaiting);
  });
});
