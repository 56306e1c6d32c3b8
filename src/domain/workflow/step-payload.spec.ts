import { stepPayload, STEP_OUTPUTS_MAX_BYTES } from './step-payload.js';

const source = (jobId: string, output: string) => ({ jobId, output, bytes: output.length + 2 });

describe('stepPayload', () => {
  it('is the payload of the run for a step without sources', () => {
    expect(stepPayload({ a: 1 }, [])).toEqual({ a: 1 });
    expect(stepPayload(null, [])).toBeUndefined();
  });

  it('adds the output of each source', () => {
    expect(stepPayload({ a: 1 }, [source('x', 'one'), source('y', 'two')])).toEqual({
      a: 1,
      steps: { x: { output: 'one' }, y: { output: 'two' } },
    });
    expect(stepPayload(null, [{ jobId: 'x', output: null, bytes: 0 }])).toEqual({
      steps: { x: { output: null } },
    });
  });

  it('leaves out what has no room, and goes on with what has', () => {
    const large = 'x'.repeat(STEP_OUTPUTS_MAX_BYTES - 100);
    expect(stepPayload({}, [source('x', large), source('y', large), source('z', 'small')])).toEqual({
      steps: { x: { output: large }, y: { output: { truncated: true } }, z: { output: 'small' } },
    });
  });
});
