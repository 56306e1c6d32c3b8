import fc from 'fast-check';
import { intervalSequence } from './interval.js';

const at = (text: string) => Date.parse(text);

describe('interval runs', () => {
  const hourly = intervalSequence(new Date('2026-01-01T00:00:00.250Z'), 3_600);

  it('fall on the anchor plus whole intervals, milliseconds kept', () => {
    expect(hourly.next(at('2026-01-01T00:00:00.250Z'))).toBe(at('2026-01-01T01:00:00.250Z'));
    expect(hourly.next(at('2026-03-01T05:59:59.999Z'))).toBe(at('2026-03-01T06:00:00.250Z'));
    expect(hourly.next(at('2026-03-01T06:00:00.250Z'))).toBe(at('2026-03-01T07:00:00.250Z'));
  });

  it('begin one interval after the anchor, also when the anchor is still to come', () => {
    expect(hourly.next(at('2020-01-01T00:00:00Z'))).toBe(at('2026-01-01T01:00:00.250Z'));
    expect(hourly.previous(at('2026-01-01T01:00:00.250Z'))).toBeNull();
    expect(hourly.previous(at('2026-01-01T01:00:00.251Z'))).toBe(at('2026-01-01T01:00:00.250Z'));
    expect(hourly.count(at('2020-01-01T00:00:00Z'), at('2026-01-01T02:00:00.250Z'))).toBe(2);
  });

  it('may have an anchor before 1970', () => {
    const daily = intervalSequence(new Date('1969-12-30T12:00:00.500Z'), 86_400);
    expect(daily.next(at('1969-12-31T12:00:00.500Z'))).toBe(at('1970-01-01T12:00:00.500Z'));
    expect(daily.next(at('2026-01-01T00:00:00Z'))).toBe(at('2026-01-01T12:00:00.500Z'));
  });

  it('agree with counting up from the anchor', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1e9, max: 1e9 }),
        fc.integer({ min: 1, max: 5_000 }),
        fc.integer({ min: -2e7, max: 3e7 }),
        fc.integer({ min: 0, max: 3e7 }),
        (anchor, seconds, shift, length) => {
          const [from, to] = [anchor + shift, anchor + shift + length];
          const all: number[] = [];
          for (let run = anchor + seconds * 1000; run <= to + 2 * seconds * 1000; run += seconds * 1000)
            all.push(run);
          const sequence = intervalSequence(new Date(anchor), seconds);
          expect(sequence.next(from)).toBe(all.find((run) => run > from) ?? anchor + seconds * 1000);
          expect(sequence.previous(to)).toBe(all.findLast((run) => run < to) ?? null);
          expect(sequence.count(from, to)).toBe(all.filter((run) => run >= from && run <= to).length);
        },
      ),
      { numRuns: 200 },
    );
  });
});
