import type { EdgeKind } from '../../../domain/workflow/graph.js';
import { CONDITION_WORDS, conditionOf, conditionWord } from './workflow-words.js';

describe('conditionWord', () => {
  it.each(CONDITION_WORDS)('gives %s back, over one job and over many', (word) => {
    const { on, join } = conditionOf(word);
    for (const count of [1, 2, 5]) expect(conditionWord(Array<EdgeKind>(count).fill(on), join)).toBe(word);
  });

  it('finds the word for a single edge of another dialect', () => {
    expect(conditionWord(['on_success'], 'unblocked')).toBe('AllSucceeded');
    expect(conditionWord(['on_failure'], 'unblocked')).toBe('AllFailed');
    expect(conditionWord(['on_complete'], 'every')).toBe('AllCompleted');
    expect(conditionWord([], 'unblocked')).toBe('AllSucceeded');
  });

  it('has none for what no condition means', () => {
    expect(conditionWord(['on_success', 'on_failure'], 'any')).toBeNull();
    expect(conditionWord(['on_success', 'on_success'], 'unblocked')).toBeNull();
  });
});
