import { isExpected, parseStatusRange } from './expected-statuses.js';

describe('parseStatusRange', () => {
  it.each([
    [204, [204, 204]],
    ['204', [204, 204]],
    ['2xx', [200, 299]],
    ['5XX', [500, 599]],
    ['200-204', [200, 204]],
    ['100-599', [100, 599]],
  ])('reads %p as %p', (value, range) => {
    expect(parseStatusRange(value)).toEqual(range);
  });

  it.each([99, 600, 200.5, '6xx', '0xx', '20x', '204-200', '200-', '200-600', '', 'ok', null, true, [200]])(
    'refuses %p',
    (value) => {
      expect(parseStatusRange(value)).toBeNull();
    },
  );
});

describe('isExpected', () => {
  it.each([
    [200, undefined, true],
    [299, null, true],
    [204, [], true],
    [304, undefined, false],
    [199, undefined, false],
    [404, [404], true],
    [200, [404], false],
    [503, ['2xx', '500-503'], true],
    [504, ['2xx', '500-503'], false],
  ])('%i among %p is %p', (status, expected, answer) => {
    expect(isExpected(status, expected)).toBe(answer);
  });
});
