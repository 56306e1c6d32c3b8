import { keyFaults } from './idempotency.js';

const place = (field: string, key: string) => ({ field, key });

describe('the keys of a request', () => {
  it.each([
    ['none', []],
    ['one', [place('Idempotency-Key', 'k')]],
    ['the longest', [place('Idempotency-Key', 'k'.repeat(256))]],
    ['the same in several places', [place('Idempotency-Key', 'k'), place('idempotency_key', 'k')]],
  ])('may be %s', (_, places) => {
    expect(keyFaults(places)).toEqual([]);
  });

  it.each([
    ['empty', ''],
    ['too long', 'k'.repeat(257)],
  ])('may not be %s', (_, key) => {
    expect(keyFaults([place('X-Idempotency-Key', key)])).toEqual([
      { field: 'X-Idempotency-Key', message: 'must have 1 to 256 characters' },
    ]);
  });

  it('may not differ, and both places are named', () => {
    expect(keyFaults([place('Idempotency-Key', 'k2'), place('X-Idempotency-Key', 'k3')])).toEqual([
      { field: 'X-Idempotency-Key', message: 'must be the same as Idempotency-Key, or be left out' },
    ]);
    expect(keyFaults([place('Idempotency-Key', 'a1'), place('Idempotency-Key', 'a2')])).toEqual([
      { field: 'Idempotency-Key', message: 'comes twice with different values; send one key' },
    ]);
  });
});
