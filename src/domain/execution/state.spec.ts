import { ACTIVE_STATES, EXECUTION_STATES, FINAL_STATES, isFinal } from './state.js';

describe('the states of an execution', () => {
  it('are either final or not', () => {
    expect(EXECUTION_STATES.filter(isFinal)).toEqual([...FINAL_STATES]);
    expect(EXECUTION_STATES.filter((state) => !isFinal(state))).toEqual([...ACTIVE_STATES]);
    expect(new Set(EXECUTION_STATES).size).toBe(EXECUTION_STATES.length);
  });
});
