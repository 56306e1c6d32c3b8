import { duration, instant, relative } from './format.js';

describe('duration', () => {
  it.each([
    [null, '–'],
    [0, '0 ms'],
    [340.4, '340 ms'],
    [2_449, '2.4 s'],
    [60_000, '1 min'],
    [185_000, '3 min 5 s'],
    [3_720_000, '1 h 2 min'],
    [90_000_000, '1 d 1 h'],
  ])('%s ms is %s', (milliseconds, expected) => {
    expect(duration(milliseconds)).toBe(expected);
  });
});

describe('relative', () => {
  const now = new Date('2026-03-01T12:00:00Z');

  it.each([
    ['2026-03-01T12:00:00.500Z', 'now'],
    ['2026-03-01T12:05:30Z', 'in 5 min'],
    ['2026-03-01T09:00:00Z', '3 h ago'],
    ['2026-02-20T12:00:00Z', '9 d ago'],
  ])('%s is %s', (at, expected) => {
    expect(relative(new Date(at), now).text).toContain(`>${expected}<`);
  });
});

describe('instant', () => {
  it('is in UTC, to the second or to the millisecond', () => {
    const at = new Date('2026-03-01T12:00:00.123Z');
    expect(instant(at).text).toContain('>2026-03-01 12:00:00<');
    expect(instant(at, { exact: true }).text).toContain('>2026-03-01 12:00:00.123<');
  });
});
