import { timelineCut } from './timeline.js';

describe('timelineCut', () => {
  const now = new Date('2026-03-05T13:37:11Z');

  it.each([
    [1, '2026-03-05T13:00:00.000Z', 3_600, 1],
    [24, '2026-03-04T14:00:00.000Z', 3_600, 24],
    [48, '2026-03-03T14:00:00.000Z', 3_600, 48],
    [49, '2026-03-03T12:00:00.000Z', 7_200, 25],
    [168, '2026-02-26T16:00:00.000Z', 14_400, 42],
    [720, '2026-02-04T00:00:00.000Z', 86_400, 30],
    [2_160, '2025-12-06T00:00:00.000Z', 172_800, 45],
  ])('%d hours begin at %s, %d seconds wide, %d of them', (hours, start, width, buckets) => {
    const cut = timelineCut(hours, now);
    expect({ ...cut, start: cut.start.toISOString() }).toEqual({ start, width, buckets });
  });

  it('ends with the bucket that holds the present, for every span', () => {
    for (let hours = 1; hours <= 2_160; hours++) {
      const { start, width, buckets } = timelineCut(hours, now);
      const end = start.getTime() + buckets * width * 1_000;
      expect(end).toBeGreaterThan(now.getTime());
      expect(end - width * 1_000).toBeLessThanOrEqual(now.getTime());
      expect(buckets).toBeLessThanOrEqual(48);
      expect(buckets * width).toBeGreaterThanOrEqual(hours * 3_600);
    }
  });
});
