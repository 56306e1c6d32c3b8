import { referenceWall } from '../../../test/support/cron-reference.js';
import { isTimezone, timezoneFault } from './timezone.js';
import { segmentAt, wallTimeAt } from './zone-segments.js';

const HOUR = 3_600_000;

describe('isTimezone', () => {
  it.each([
    'UTC',
    'GMT',
    'Etc/UTC',
    'Etc/GMT+5',
    'EST5EDT',
    'PRC',
    'NZ',
    'Europe/London',
    'Asia/Kolkata',
    'Asia/Calcutta',
    'America/Nuuk',
    'America/Argentina/Buenos_Aires',
    'America/Port-au-Prince',
    'US/Pacific',
    'Antarctica/DumontDUrville',
  ])('accepts %s', (name) => {
    expect(isTimezone(name)).toBe(true);
    expect(timezoneFault(name)).toBeNull();
  });

  it.each([
    '',
    ' ',
    'local',
    'Local',
    '+02:00',
    '-05',
    'UTC+2',
    'GMT+2',
    'Z',
    'IST',
    'PST',
    'BST',
    'SystemV/PST8',
    'utc',
    'europe/london',
    'EUROPE/LONDON',
    ' Europe/London',
    'Europe/London ',
    'Europe/Londn',
    'Europe',
    'London',
    'Etc/Unknown',
  ])('refuses "%s"', (name) => {
    expect(isTimezone(name)).toBe(false);
    expect(timezoneFault(name)).toMatch(/write .*[A-Z]/);
  });

  it('shows the right case', () => {
    expect(timezoneFault('europe/london')).toContain('write a name such as Europe/London');
  });
});

describe('the offsets of a timezone', () => {
  const zones = [
    'UTC',
    'Europe/London',
    'Australia/Lord_Howe',
    'Africa/Casablanca',
    'America/St_Johns',
    'Pacific/Apia',
  ];

  it.each(zones)('are those of Intl, through the years, in %s', (zone) => {
    // 7 hours and some: another hour of the day each time.
    for (let at = Date.UTC(2005, 0, 1); at < Date.UTC(2031, 0, 1); at += 71 * HOUR + 1_234_567) {
      expect([at, wallTimeAt(zone, at)]).toEqual([at, referenceWall(zone, at)]);
    }
  });

  it('change at the very second', () => {
    const change = Date.parse('2026-03-29T01:00:00Z');
    expect(segmentAt('Europe/London', change - 1)).toMatchObject({ end: change, offset: 0 });
    expect(segmentAt('Europe/London', change)).toMatchObject({
      start: change,
      offset: HOUR,
      offsetBefore: 0,
    });
  });

  it('know a day that was skipped', () => {
    const change = Date.parse('2011-12-30T10:00:00Z');
    expect(segmentAt('Pacific/Apia', change)).toMatchObject({
      start: change,
      offset: 14 * HOUR,
      offsetBefore: -10 * HOUR,
    });
  });

  it('refuse what is no timezone or no date', () => {
    expect(() => segmentAt('Mars/Olympus', 0)).toThrow(RangeError);
    expect(() => segmentAt('UTC', Number.NaN)).toThrow(RangeError);
  });
});
