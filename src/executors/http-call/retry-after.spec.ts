import { retryAfterMs } from './retry-after.js';

const NOW = Date.UTC(2025, 0, 1, 12, 0, 0);

describe('retryAfterMs', () => {
  it.each([
    ['0', 0],
    ['120', 120_000],
    [' 30 ', 30_000],
    ['86401', 86_400_000],
    ['99999999999999999999', 86_400_000],
    ['Wed, 01 Jan 2025 12:00:30 GMT', 30_000],
    ['Wednesday, 01-Jan-25 12:01:00 GMT', 60_000],
    ['Wed Jan  1 12:02:00 2025', 120_000],
    ['Wed, 01 Jan 2025 11:00:00 GMT', 0],
    ['Sat, 01 Feb 2025 12:00:00 GMT', 86_400_000],
  ])('reads %p as %i ms', (header, ms) => {
    expect(retryAfterMs(header, NOW)).toBe(ms);
  });

  it.each([undefined, '', '-5', '1.5', 'soon', '2025-01-01T12:00:30Z', 'Wed, 99 Foo 2025 12:00:00 GMT'])(
    'cannot read %p',
    (header) => {
      expect(retryAfterMs(header, NOW)).toBeUndefined();
    },
  );
});
