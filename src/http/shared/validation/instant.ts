const INSTANT =
  /^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)T(?<clock>\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?)(?<zone>Z|[+-]\d\d(?::?\d\d)?)$/i;

/**
 * The instant that an ISO 8601 text names; null when it has another form, no offset, or names a day that
 * does not exist. Digits beyond milliseconds are cut off.
 */
export function parseInstant(text: string): Date | null {
  const { year, month, day, clock, zone } = INSTANT.exec(text)?.groups ?? {};
  if (!year || !month || !day || !clock || !zone) return null;
  // Date takes 30 February for 1 March; a day of UTC that comes back unchanged exists.
  const date = `${year}-${month}-${day}`;
  const midnight = new Date(`${date}T00:00:00Z`);
  if (Number.isNaN(midnight.getTime()) || midnight.toISOString().slice(0, 10) !== date) return null;
  const instant = new Date(`${date}T${milliseconds(clock)}${offset(zone)}`);
  return Number.isNaN(instant.getTime()) ? null : instant;
}

function milliseconds(clock: string): string {
  return clock.replace(',', '.').replace(/(\.\d{3})\d+$/, '$1');
}

function offset(zone: string): string {
  if (zone.toUpperCase() === 'Z') return 'Z';
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0');
  return `${zone[0]}${digits.slice(0, 2)}:${digits.slice(2)}`;
}
