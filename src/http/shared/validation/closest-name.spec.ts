import { closestName } from './closest-name.js';

const FIELDS = ['name', 'description', 'retryPolicy', 'jobConfiguration', 'timezone', 'runAt'];

describe('closestName', () => {
  it.each([
    ['nmae', 'name'],
    ['Name', 'name'],
    ['retry_policy', 'retryPolicy'],
    ['retry-policy', 'retryPolicy'],
    ['retryPolcy', 'retryPolicy'],
    ['descripton', 'description'],
    ['timeZone', 'timezone'],
    ['run_at', 'runAt'],
    ['colour', null],
    ['x', null],
    ['', null],
    ['x'.repeat(1_000_000), null],
  ])('%.20s → %s', (name, meant) => {
    expect(closestName(name, FIELDS)).toBe(meant);
  });

  it('prefers the closest of several', () => {
    expect(closestName('jobIds', ['jobId', 'jobIdx', 'jobIds2'])).toBe('jobId');
    expect(closestName('a', [])).toBeNull();
  });
});
