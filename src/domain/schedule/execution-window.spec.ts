import { windowAt } from './execution-window.js';

const at = (text: string) => new Date(text);

describe('an execution window', () => {
  it.each([
    [
      '* 9-17 * * 1-5',
      'UTC',
      '2030-01-04T17:59:59.999Z',
      { isOpen: true, closesAt: at('2030-01-04T18:00:00Z') },
    ],
    [
      '* 9-17 * * 1-5',
      'UTC',
      '2030-01-04T18:00:00.000Z',
      { isOpen: false, opensAt: at('2030-01-07T09:00:00Z') },
    ],
    ['* 9-17 * * 1-5', 'Europe/Berlin', '2030-01-07T08:00:00Z', { isOpen: true, closesAt: null }],
    ['*/2 * * * *', 'UTC', '2030-01-04T10:02:30Z', { isOpen: true, closesAt: at('2030-01-04T10:03:00Z') }],
    ['*/2 * * * *', 'UTC', '2030-01-04T10:03:30Z', { isOpen: false, opensAt: at('2030-01-04T10:04:00Z') }],
    ['10-12 * * * *', 'UTC', '2030-01-04T10:10:00Z', { isOpen: true, closesAt: at('2030-01-04T10:13:00Z') }],
    ['* * * * *', 'UTC', '2030-01-04T10:10:10Z', { isOpen: true, closesAt: null }],
    // The clock goes from 2:00 to 3:00: the hour does not exist.
    [
      '* 2 * * *',
      'Europe/Berlin',
      '2030-03-31T01:30:00Z',
      { isOpen: false, opensAt: at('2030-04-01T00:00:00Z') },
    ],
  ])('%s in %s at %s', (expression, timezone, now, state) => {
    expect(windowAt(expression, timezone, at(now))).toEqual(state);
  });
});
