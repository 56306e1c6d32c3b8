import { CodeFixture } from '../integration/code-execution-fixture.js';

const MIB = 1024 * 1024;

describe('the memory of code execution', () => {
  it('is flat over 5,000 runs', async () => {
    const fixture = new CodeFixture({ maxThreads: 2 });
    const sources = [
      'return input',
      'const a = Array.from({ length: 20_000 }, (_, i) => ({ i })); console.log(a.length); return a.length;',
      'null.x',
      'return new Uint8Array(4_000_000).length',
    ];
    try {
      const runs = async (count: number) => {
        let started = 0;
        const lane = async () => {
          while (started < count) {
            started += 1;
            await fixture.run(sources[started % sources.length] ?? '', { input: { n: started } });
          }
        };
        await Promise.all([lane(), lane()]);
      };
      await runs(1_000);
      const before = process.memoryUsage().rss;
      await runs(4_000);
      const grown = (process.memoryUsage().rss - before) / MIB;
      // One leaked machine holds at least half a MiB: leaks would show as 2 GiB.
      expect(grown).toBeLessThan(200);
    } finally {
      await fixture.close();
    }
  }, 600_000);
});
