import { jitterMs } from './jitter.js';

const minute = (n: number) => new Date(Date.UTC(2026, 0, 1) + n * 60_000);

describe('jitterMs', () => {
  it('is the same for the same job and instant', () => {
    expect(jitterMs('job-1', minute(0), 30)).toBe(jitterMs('job-1', minute(0), 30));
    expect(jitterMs('job-1', minute(0), 30)).not.toBe(jitterMs('job-2', minute(0), 30));
    expect(jitterMs('job-1', minute(0), 30)).not.toBe(jitterMs('job-1', minute(1), 30));
  });

  it('is 0 without jitter', () => {
    expect(jitterMs('job-1', minute(0), 0)).toBe(0);
  });

  it('keeps within its bounds and fills every tenth of them alike', () => {
    const tenths = new Array<number>(10).fill(0);
    for (let job = 0; job < 100; job += 1) {
      for (let n = 0; n < 100; n += 1) {
        const delay = jitterMs(`job-${job}`, minute(n), 20);
        expect(Number.isInteger(delay) && delay >= 0 && delay < 20_000).toBe(true);
        const tenth = Math.floor(delay / 2_000);
        tenths[tenth] = (tenths[tenth] ?? 0) + 1;
      }
    }
    for (const share of tenths) expect(Math.abs(share - 1_000)).toBeLessThan(150);
  });
});
