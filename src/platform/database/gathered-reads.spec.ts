import { GatheredReads } from './gathered-reads.js';

/** Reads that a test lets go one after another. */
function held() {
  const statements: string[][] = [];
  const release: ((found: Map<string, string> | Error) => void)[] = [];
  const reads = new GatheredReads<string>(
    (keys) =>
      new Promise((resolve, reject) => {
        statements.push(keys);
        release.push((found) => (found instanceof Error ? reject(found) : resolve(found)));
      }),
  );
  return { reads, statements, release };
}
const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

describe('gathered reads', () => {
  it('of one turn share a statement, and each gets its own', async () => {
    const { reads, statements, release } = held();
    const answers = Promise.all(['a', 'b', 'a', 'none'].map((key) => reads.get(key)));
    await nextTurn();
    expect(statements).toEqual([['a', 'b', 'none']]);
    release[0]?.(
      new Map([
        ['a', 'A'],
        ['b', 'B'],
      ]),
    );
    expect(await answers).toEqual(['A', 'B', 'A', undefined]);
  });

  it('never join a statement that is on its way, and wait when two are', async () => {
    const { reads, statements, release } = held();
    const first = reads.get('a');
    await nextTurn();
    const second = reads.get('a');
    await nextTurn();
    const later = [reads.get('a'), reads.get('b')];
    await nextTurn();
    expect(statements).toEqual([['a'], ['a']]);
    release[0]?.(new Map([['a', 'old']]));
    expect(await first).toBe('old');
    // The callers are answered before their statement's place is free.
    await nextTurn();
    await nextTurn();
    expect(statements).toEqual([['a'], ['a'], ['a', 'b']]);
    release[1]?.(new Map([['a', 'new']]));
    release[2]?.(new Map([['a', 'newer']]));
    expect(await second).toBe('new');
    expect(await Promise.all(later)).toEqual(['newer', undefined]);
  });

  it('fail together, and go on', async () => {
    const { reads, release } = held();
    const failing = Promise.allSettled([reads.get('a'), reads.get('b')]);
    await nextTurn();
    release[0]?.(new Error('away'));
    expect((await failing).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    const again = reads.get('a');
    await nextTurn();
    release[1]?.(new Map([['a', 'A']]));
    expect(await again).toBe('A');
  });
});
