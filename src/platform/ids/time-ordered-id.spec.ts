import { validate, version } from 'uuid';
import { timeOrderedId } from './time-ordered-id.js';

describe('a time-ordered id', () => {
  const ids = Array.from({ length: 20_000 }, timeOrderedId);

  it('is a UUIDv7', () => {
    expect(ids.every((id) => validate(id) && version(id) === 7)).toBe(true);
  });

  it('is greater than all before it, also within a millisecond', () => {
    expect(ids.every((id, index) => index === 0 || id > (ids[index - 1] ?? ''))).toBe(true);
  });

  it('carries the instant at which it was made', () => {
    const before = Date.now();
    const madeAt = parseInt(timeOrderedId().replaceAll('-', '').slice(0, 12), 16);
    expect(madeAt).toBeGreaterThanOrEqual(before);
    expect(madeAt).toBeLessThanOrEqual(Date.now());
  });

  it('ends in bytes of which none repeat', () => {
    expect(new Set(ids.map((id) => id.slice(-10))).size).toBe(ids.length);
  });
});
