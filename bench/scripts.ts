import { CodeFixture } from '../test/integration/code-execution-fixture.js';
import { percentile } from './harness.js';

const TRIVIAL = 'return input.n + 1';
const LOOP = 'let sum = 0; for (let i = 0; i < 3_000_000; i++) sum += i % 7; return sum;';
const RUNS = 5_000;
const AT_ONCE = 8;
const MIB = 1024 * 1024;

/** JavaScript in its sandbox, through the executor: starts, trivial scripts, a loop, and memory over many runs. */
const cold: number[] = [];
for (let start = 0; start < 5; start++) {
  const fixture = new CodeFixture();
  cold.push(await timed(() => fixture.value(TRIVIAL, { input: { n: 1 } })));
  await fixture.close();
}
console.log(`cold start (first script of a fresh executor): p50 ${percentile(cold, 0.5).toFixed(0)} ms`);

const fixture = new CodeFixture();
try {
  for (const language of ['javascript', 'typescript'] as const) {
    const warm: number[] = [];
    for (let run = 0; run < 500; run++)
      warm.push(await timed(() => fixture.value(TRIVIAL, { language, input: { n: run } })));
    const [half, most] = [0.5, 0.95].map((share) => percentile(warm, share).toFixed(1));
    console.log(`warm start, one after another, ${language}: p50 ${half} ms, p95 ${most} ms`);
  }

  const loops: number[] = [];
  for (let run = 0; run < 5; run++) loops.push(await timed(() => fixture.value(LOOP)));
  console.log(`a loop of 3 million turns: ${Math.min(...loops).toFixed(0)} ms`);

  await runs(500);
  const memory = [resident()];
  let ms = 0;
  for (let part = 0; part < 5; part++) {
    ms += await timed(() => runs(RUNS / 5));
    memory.push(resident());
  }
  console.log(`trivial scripts, ${AT_ONCE} at once: ${Math.round(RUNS / (ms / 1_000))}/s`);
  console.log(`resident MiB after each 1,000 of ${RUNS} further runs: ${memory.join(', ')}`);
} finally {
  await fixture.close();
}

async function runs(count: number): Promise<void> {
  let left = count;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (left-- > 0) await fixture.value(TRIVIAL, { input: { n: left } });
    }),
  );
}

function resident(): number {
  globalThis.gc?.();
  return Math.round(process.memoryUsage.rss() / MIB);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
