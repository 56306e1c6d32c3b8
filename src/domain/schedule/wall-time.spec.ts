import { instantOfWallTime } from './wall-time.js';

describe('instantOfWallTime', () => {
  it.each([
    ['UTC', '2026-03-01T09:30:00.123', '2026-03-01T09:30:00.123'],
    ['America/New_York', '2026-01-15T09:00', '2026-01-15T14:00'],
    ['America/New_York', '2026-07-15T09:00', '2026-07-15T13:00'],
    // A gap: 02:30 does not exist, the clocks go on at 03:00.
    ['America/New_York', '2026-03-08T02:30', '2026-03-08T07:00'],
    // An overlap: 01:30 comes twice, the first pass counts.
    ['America/New_York', '2026-11-01T01:30', '2026-11-01T05:30'],
    ['Australia/Lord_Howe', '2026-10-04T02:15', '2026-10-03T15:30'],
    ['Australia/Lord_Howe', '2026-04-05T01:45', '2026-04-04T14:45'],
    ['Asia/Kolkata', '2026-03-01T00:00', '2026-02-28T18:30'],
    // A whole day that never was.
    ['Pacific/Apia', '2011-12-30T12:00', '2011-12-30T10:00'],
    ['Pacific/Kiritimati', '2026-03-01T00:00', '2026-02-28T10:00'],
  ])('%s shows %s at %s UTC', (timezone, wall, expected) => {
    const instant = instantOfWallTime(timezone, Date.parse(`${wall}Z`));
    expect(new Date(instant)).toEqual(new Date(`${expected}Z`));
  });
});
