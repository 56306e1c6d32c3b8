import fc from 'fast-check';
import { referenceExcludes } from '../../../test/support/exclusion-reference.js';
import { referenceInstants, wallMinutes } from '../../../test/support/cron-reference.js';
import { exclusionsAround, misfireRules, planOf } from '../../../test/support/schedule-arbitraries.js';
import { type FiringInput, type OccurrenceRange, planFiring } from './firing-plan.js';
import type { MisfireRules, Schedule } from './schedule.js';

const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 86_400_000;
const FROM = Date.parse('2026-03-27T12:00Z');
const UNTIL = FROM + 3 * DAY;
const TIMEZONE = 'Europe/London';
const minutes = wallMinutes(TIMEZONE, FROM - DAY, UNTIL);

interface Backlog {
  schedule: Schedule;
  /** Every nominal instant from FROM to UNTIL. */
  nominal: number[];
}

const crons = fc
  .constantFrom('0 * * * *', '*/20 * * * *', '30 1,23 * * *', '15,45 0-4 * * *')
  .map((expression): Backlog => {
    const nominal = referenceInstants(expression, minutes).filter((at) => at >= FROM);
    return { schedule: { kind: 'cron', expression, timezone: TIMEZONE }, nominal };
  });
const intervals = fc.constantFrom(700, 3_600, 10_000).map((intervalSeconds): Backlog => {
  const anchor = FROM - 10 * HOUR + 123;
  const nominal: number[] = [];
  for (let at = anchor; at < UNTIL; at += intervalSeconds * 1000) if (at >= FROM) nominal.push(at);
  return {
    schedule: { kind: 'interval', intervalSeconds, anchorAt: new Date(anchor), timezone: TIMEZONE },
    nominal,
  };
});

const cases = fc.record({
  backlog: fc.oneof(crons, intervals),
  exclusions: fc.option(exclusionsAround(FROM, 3)),
  misfire: misfireRules,
  dueIndex: fc.integer({ min: 0, max: 20 }),
  nowAfter: fc.integer({ min: 0, max: 2 * 24 * 60 }),
  pauseEnd: fc.option(fc.integer({ min: -60, max: 3 * 24 * 60 })),
  limit: fc.integer({ min: 1, max: 12 }),
});

/** What should become of each instant, decided one by one. */
function expectedFates(due: readonly number[], now: number, lateUntil: number, misfire: MisfireRules) {
  const isLate = (at: number) => now - at > misfire.graceSeconds * 1000 || at <= lateUntil;
  const late = due.filter(isLate);
  const inWindow = late.filter((at) => now - at <= misfire.catchupWindowSeconds * 1000);
  const newest = (instants: number[], count: number) => (count === 0 ? [] : instants.slice(-count));
  const caughtUp = {
    skip: [] as number[],
    fireOnce: newest(late, 1),
    fireAll: newest(inWindow, misfire.maxCatchupRuns),
  }[misfire.policy];
  const fates = {
    fire: [] as number[],
    misfire: [] as number[],
    catchup_window: [] as number[],
    catchup_limit: [] as number[],
  };
  for (const at of due) {
    if (!isLate(at) || caughtUp.includes(at)) fates.fire.push(at);
    else if (misfire.policy !== 'fireAll') fates.misfire.push(at);
    else if (inWindow.includes(at)) fates.catchup_limit.push(at);
    else fates.catchup_window.push(at);
  }
  return fates;
}

/** The ranges that stand for all these instants. */
function asRanges(instants: readonly number[], reason: OccurrenceRange['reason']): OccurrenceRange[] {
  const [first, last] = [instants[0], instants.at(-1)];
  if (first === undefined || last === undefined) return [];
  return [{ first: new Date(first), last: new Date(last), count: instants.length, reason }];
}

describe('planFiring, against the fate of each instant decided alone', () => {
  const prepared = cases.map(({ backlog, exclusions, misfire, dueIndex, nowAfter, pauseEnd, limit }) => {
    const excluded = new Set(
      exclusions ? backlog.nominal.filter((at) => referenceExcludes(exclusions, TIMEZONE, at)) : [],
    );
    const open = backlog.nominal.filter((at) => !excluded.has(at));
    const dueAt = open[Math.min(dueIndex, open.length - 1)];
    const now = Math.min((dueAt ?? FROM) + nowAfter * MINUTE, UNTIL - 1);
    const lateUntil = pauseEnd === null ? null : FROM + pauseEnd * MINUTE;
    return { backlog, exclusions, misfire, excluded, open, dueAt, now, lateUntil, limit };
  });

  it('puts every due instant in exactly one list, whole or in chunks', () => {
    let planned = 0;
    fc.assert(
      fc.property(
        prepared,
        ({ backlog, exclusions, misfire, excluded, open, dueAt, now, lateUntil, limit }) => {
          fc.pre(dueAt !== undefined);
          planned += 1;
          const plan = planOf(backlog.schedule, { exclusions, endAt: new Date(UNTIL - 1) });
          const input: FiringInput = {
            plan,
            dueAt: new Date(dueAt),
            now: new Date(now),
            misfire,
            lateUntil: lateUntil === null ? null : new Date(lateUntil),
          };
          const whole = planFiring(input);
          const due = open.filter((at) => at >= dueAt && at <= now);
          const fates = expectedFates(due, now, lateUntil ?? -Infinity, misfire);
          expect(whole.fire.map(Number)).toEqual(fates.fire);
          expect(whole.missed).toEqual([
            ...asRanges(fates.misfire, 'misfire'),
            ...asRanges(fates.catchup_window, 'catchup_window'),
            ...asRanges(fates.catchup_limit, 'catchup_limit'),
          ]);
          const taken = [...excluded].filter((at) => at > dueAt && at <= now);
          expect(whole.excluded.reduce((sum, { count }) => sum + count, 0)).toBe(taken.length);
          expect(whole.excluded[0]?.first.getTime()).toBe(taken[0]);
          expect(whole.excluded.at(-1)?.last.getTime()).toBe(taken.at(-1));
          expect(whole.next?.getTime()).toBe(open.find((at) => at > now));
          expect(whole.unfinished).toBe(false);

          const chunks = {
            fire: [] as Date[],
            missed: [] as OccurrenceRange[],
            excluded: [] as OccurrenceRange[],
          };
          let next: Date | null = input.dueAt;
          let unfinished = true;
          while (unfinished && next) {
            const chunk = planFiring({ ...input, dueAt: next, limit });
            expect(chunk.fire.length).toBeLessThanOrEqual(limit);
            chunks.fire.push(...chunk.fire);
            chunks.missed.push(...chunk.missed);
            chunks.excluded.push(...chunk.excluded);
            ({ next, unfinished } = chunk);
          }
          expect(chunks.fire).toEqual(whole.fire);
          expect(chunks.missed).toEqual(whole.missed);
          expect(chunks.excluded.reduce((sum, { count }) => sum + count, 0)).toBe(taken.length);
          expect(next).toEqual(whole.next);
        },
      ),
      { numRuns: 400 },
    );
    expect(planned).toBeGreaterThan(300);
  });
});
