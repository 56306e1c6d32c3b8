import fc from 'fast-check';
import { referenceInstants, wallMinutes, type WallMinute } from '../../../test/support/cron-reference.js';
import { cronFaults } from './cron.js';
import { cronSequence } from './cron-sequence.js';

const DAY = 86_400_000;

/** Windows of two days and a half around clock changes; the time is that of the change, in UTC. */
const CHANGES: [timezone: string, change: string][] = [
  ['Australia/Lord_Howe', '2026-04-04T15:00Z'],
  ['Australia/Lord_Howe', '2026-10-03T15:30Z'],
  ['Africa/Casablanca', '2026-02-15T02:00Z'],
  ['Africa/Casablanca', '2026-03-22T02:00Z'],
  ['America/Havana', '2026-03-08T05:00Z'],
  ['America/Havana', '2026-11-01T05:00Z'],
  ['America/Nuuk', '2026-03-29T01:00Z'],
  ['America/Nuuk', '2026-10-25T01:00Z'],
  ['Pacific/Apia', '2011-12-30T10:00Z'],
  ['Pacific/Apia', '2020-04-04T14:00Z'],
  ['Pacific/Apia', '2020-09-26T14:00Z'],
  ['America/Sao_Paulo', '2018-11-04T03:00Z'],
  ['America/Sao_Paulo', '2019-02-17T02:00Z'],
  ['America/St_Johns', '2026-03-08T05:30Z'],
  ['America/St_Johns', '2026-11-01T04:30Z'],
  ['America/St_Johns', '2007-11-04T02:31Z'],
  ['Asia/Kolkata', '2026-03-29T01:00Z'],
  ['America/New_York', '2026-03-08T07:00Z'],
  ['America/New_York', '2026-11-01T06:00Z'],
  ['Europe/London', '2026-03-29T01:00Z'],
  ['Europe/London', '2026-10-25T01:00Z'],
  ['Antarctica/Troll', '2026-03-29T01:00Z'],
  ['Antarctica/Troll', '2026-10-25T01:00Z'],
];

const windows = new Map<string, WallMinute[]>();

function windowAround([timezone, change]: [string, string]): WallMinute[] {
  const key = `${timezone} ${change}`;
  const known =
    windows.get(key) ??
    wallMinutes(timezone, Date.parse(change) - 1.25 * DAY, Date.parse(change) + 1.25 * DAY);
  windows.set(key, known);
  return known;
}

const number = (min: number, max: number) => fc.integer({ min, max });

function field(min: number, max: number, every: number): fc.Arbitrary<string> {
  const range = fc
    .tuple(number(min, max), number(min, max))
    .map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
  const step = number(1, Math.min(30, max - min + 1, max === 7 ? 7 : max));
  const item = fc.oneof(
    number(min, max).map(String),
    range,
    fc.tuple(range, step).map(([base, size]) => `${base}/${size}`),
    step.map((size) => `*/${size}`),
  );
  return fc.oneof(
    { weight: every, arbitrary: fc.constant('*') },
    { weight: 4, arbitrary: number(min, max).map(String) },
    { weight: 3, arbitrary: item },
    { weight: 2, arbitrary: fc.array(item, { minLength: 1, maxLength: 3 }).map((items) => items.join(',')) },
  );
}

/** Hours near midnight and the small hours, where clocks change. */
const hourField = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom('0', '1', '2', '3', '23', '0-3', '1,2', '2,3', '22,23', '23,0', '1-2'),
  },
  { weight: 2, arbitrary: field(0, 23, 3) },
);
const dateFields = fc.oneof(
  { weight: 4, arbitrary: fc.constant('* * *') },
  {
    weight: 1,
    arbitrary: fc.tuple(field(1, 31, 2), fc.constant('*'), field(0, 7, 2)).map((fields) => fields.join(' ')),
  },
);
const expressions = fc
  .oneof(
    { weight: 5, arbitrary: fc.tuple(field(0, 59, 2), hourField, dateFields) },
    {
      weight: 1,
      arbitrary: fc.tuple(
        fc.constantFrom('0', '15', '*/20', '5,50', '59'),
        field(0, 59, 1),
        hourField,
        dateFields,
      ),
    },
  )
  .map((fields) => fields.join(' '));

describe('cron over clock changes, against every minute of the wall clock', () => {
  const change = fc.constantFrom(...CHANGES);

  it('names the instants that the rules name, forwards, backwards and by count', () => {
    fc.assert(
      fc.property(change, expressions, (around, expression) => {
        const window = windowAround(around);
        const [timezone] = around;
        expect(cronFaults(expression, timezone)).toEqual([]);
        // The reference cannot know what its first day showed before; its last minute is cut at the end.
        const from = (window[0]?.instant ?? 0) + DAY / 4;
        const to = (window.at(-1)?.instant ?? 0) - 1;
        const expected = referenceInstants(expression, window).filter((at) => at >= from && at <= to);

        const sequence = cronSequence(expression, timezone);
        const forwards: number[] = [];
        for (let at = sequence.next(from - 1); at !== null && at <= to; at = sequence.next(at))
          forwards.push(at);
        expect(forwards).toEqual(expected);
        const backwards: number[] = [];
        for (let at = sequence.previous(to + 1); at !== null && at >= from; at = sequence.previous(at))
          backwards.push(at);
        expect(backwards.reverse()).toEqual(expected);
        expect(sequence.count(from, to)).toBe(expected.length);
      }),
      { numRuns: 500 },
    );
  });

  it('from any instant, goes strictly forward to the first match, skipping none', () => {
    fc.assert(
      fc.property(
        change,
        expressions,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (around, expression, part) => {
          const window = windowAround(around);
          const [timezone] = around;
          const start = window[0]?.instant ?? 0;
          const after = start + DAY / 4 + Math.floor(part * 2 * DAY);
          const end = window.at(-1)?.instant ?? 0;
          const next = cronSequence(expression, timezone).next(after);
          const expected = referenceInstants(expression, window).find((at) => at > after);
          if (expected === undefined || expected >= end) expect(next === null || next >= end).toBe(true);
          else expect(next).toBe(expected);
        },
      ),
      { numRuns: 300 },
    );
  });
});
