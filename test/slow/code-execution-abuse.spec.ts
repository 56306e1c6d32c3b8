import { CodeFixture } from '../integration/code-execution-fixture.js';

/** What an attack may end as: a value, or a failure with one of the codes. */
type Expected = { value: unknown } | { code: string | RegExp };

const stopped = { code: 'script_timeout' };
const memory = { code: 'memory_exceeded' };
const threw = { code: 'script_error' };

/** `timeoutMs` is short where only the deadline can end the attack. */
interface Attack {
  name: string;
  source: string;
  expected: Expected;
  timeoutMs?: number;
  memoryMb?: number;
}

const attacks: Attack[] = [
  // Never ending
  ...[
    ['a loop', 'for (;;);'],
    ['a loop that catches everything', 'for (;;) { try { for (;;); } catch { continue; } }'],
    ['a loop in a finally', 'try { null.x } finally { for (;;); }'],
    ['an endless generator', 'function* g() { for (;;) yield 1; } for (const x of g()); '],
    [
      'an endless iterator',
      'const it = { [Symbol.iterator]: () => ({ next: () => ({}) }) }; const [...all] = [1]; for (const x of it);',
    ],
    ['a chain of promises', 'const next = () => Promise.resolve().then(next); await next();'],
    ['a loop of awaits', 'for (;;) await null;'],
    ['a loop in a getter of the value', 'return { get x() { for (;;); } };'],
    ['a loop in toJSON', 'return { toJSON() { for (;;); } };'],
    ['a loop in a then of the value', 'return { then() { for (;;); } };'],
    [
      'a loop in the message of an error',
      'const e = new Error(); Object.defineProperty(e, "message", { get() { for (;;); } }); throw e;',
    ],
    ['a loop in toString of what is thrown', 'throw { toJSON() { for (;;); } };'],
    ['a loop in what is logged', 'console.log({ toJSON() { for (;;); } });'],
    ['a loop in a proxy', 'new Proxy({}, { get() { for (;;); } }).x;'],
    ['a loop in a comparison', '[3, 2, 1].sort(() => { for (;;); });'],
    ['a loop in eval', 'eval("for (;;);");'],
    ['a loop in a new function', 'new Function("for (;;);")();'],
    ['a loop in the source beside the function', '}, (() => { for (;;); })(), async function () {'],
    ['a bomb of a regular expression', '/(a+)+$/.test("a".repeat(60) + "b");'],
    ['a bomb of nested repetition', '/^(([a-z])+.)+[A-Z]([a-z])+$/.test("a".repeat(100));'],
    ['a bomb in replace', '("x".repeat(100_000)).replace(/(x+x+)+y/g, "");'],
    ['a bomb in split', '("x".repeat(50_000) + "!").split(/(x*)*y/);'],
    ['a loop of logging', 'for (;;) console.log("again and again");'],
    ['a loop of large logging', 'const s = "x".repeat(1_000_000); for (;;) console.log(s, s, s);'],
    ['a loop of catching too deep recursion', 'const f = () => { try { f(); } catch { f(); } }; f();'],
    [
      'a loop of catching too much memory',
      'for (;;) { try { const a = []; for (;;) a.push(new Array(1000)); } catch {} }',
    ],
  ].map(([name = '', source = '']) => ({
    name,
    source,
    expected: stopped,
    timeoutMs: 300,
  })),
  // Promises that nobody settles
  {
    name: 'a promise without a resolver',
    source: 'await new Promise(() => {});',
    expected: { code: 'never_settles' },
  },
  { name: 'a thenable that is silent', source: 'await { then() {} };', expected: { code: 'never_settles' } },
  {
    name: 'two promises that wait for each other',
    source:
      'let b; const a = (async () => { await null; await b; })(); b = (async () => { await a; })(); await a;',
    expected: { code: 'never_settles' },
  },
  {
    name: 'a value that is a promise without end',
    source: 'return new Promise(() => {});',
    expected: { code: 'never_settles' },
  },
  // Memory
  { name: 'an array without end', source: 'const a = []; for (;;) a.push({});', expected: memory },
  {
    name: 'buffers without end',
    source: 'const a = []; for (;;) a.push(new Uint8Array(1_000_000));',
    expected: memory,
  },
  {
    name: 'buffers without end at the lowest ceiling',
    source: 'const a = []; for (;;) a.push(new Uint8Array(100_000));',
    expected: memory,
    memoryMb: 8,
  },
  { name: 'one buffer of a gigabyte', source: 'new ArrayBuffer(2 ** 30);', expected: memory },
  { name: 'an array of holes that is filled', source: 'new Array(2 ** 28).fill(0);', expected: memory },
  {
    name: 'a string that doubles',
    source: 'let s = "x"; for (;;) s += s;',
    expected: { code: /^(script_error|memory_exceeded)$/ },
  },
  {
    name: 'a string repeated',
    source: 'return "x".repeat(2 ** 29).length;',
    expected: { code: /^(script_error|memory_exceeded)$/ },
  },
  {
    name: 'strings padded and joined',
    source: 'return new Array(2 ** 20).fill("x".repeat(2 ** 12)).join("").length;',
    expected: { code: /^(script_error|memory_exceeded)$/ },
  },
  {
    name: 'a map without end',
    source: 'const m = new Map(); for (let i = 0; ; i++) m.set(i, [i]);',
    expected: memory,
  },
  {
    name: 'closures without end',
    source: 'let f = () => 0; for (;;) { const g = f; const d = new Array(50); f = () => g(d); }',
    expected: memory,
  },
  {
    name: 'symbols without end',
    source: 'const a = []; for (let i = 0; ; i++) a.push(Symbol("s" + i));',
    expected: memory,
  },
  {
    name: 'promises without end',
    source: 'const a = []; for (;;) a.push(Promise.resolve(a));',
    expected: memory,
  },
  {
    name: 'a value that JSON makes huge',
    source: 'let v = "x".repeat(1000); for (let i = 0; i < 30; i++) v = [v, v]; return v;',
    expected: { code: /^(memory_exceeded|output_not_json|output_too_large|script_timeout)$/ },
    timeoutMs: 20_000,
  },
  {
    name: 'a log line that JSON makes huge',
    source: 'let v = "x".repeat(1000); for (let i = 0; i < 30; i++) v = [v, v]; console.log(v); return 1;',
    expected: { value: 1 },
  },
  {
    name: 'a BigInt that squares itself',
    source: 'let n = 3n; for (;;) n *= n;',
    expected: { code: /^(script_error|memory_exceeded|script_timeout)$/ },
    timeoutMs: 2_000,
  },
  {
    name: 'a BigInt to a huge power',
    source: 'return String(7n ** (2n ** 40n)).length;',
    expected: { code: /^(script_error|memory_exceeded|script_timeout)$/ },
    timeoutMs: 2_000,
  },
  {
    name: 'a BigInt shifted out of sight',
    source: 'return (1n << (2n ** 62n)) > 0n;',
    expected: { code: /^(script_error|memory_exceeded)$/ },
  },
  {
    name: 'a BigInt made decimal',
    source: 'return (1n << 1_000_000n).toString().length;',
    expected: { code: /^(script_timeout|output_too_large|script_error)$/ },
    timeoutMs: 600,
  },
  {
    name: 'too much memory that is caught and let go',
    source: 'try { const a = []; for (;;) a.push(new Uint8Array(1e6)); } catch { return "sorry"; }',
    expected: { value: 'sorry' },
  },
  // Depth
  { name: 'recursion', source: 'const f = () => f() + 1; f();', expected: threw },
  {
    name: 'recursion that is caught',
    source: 'const f = () => f() + 1; try { f(); } catch { return "caught"; }',
    expected: { value: 'caught' },
  },
  {
    name: 'recursion through built-in functions',
    source: 'const f = () => [1].map(f); f();',
    expected: threw,
  },
  {
    name: 'recursion through toJSON',
    source: 'const o = { toJSON: () => JSON.stringify(o) }; return JSON.stringify(o);',
    expected: threw,
  },
  {
    name: 'recursion through proxies',
    source: 'let p = {}; for (let i = 0; i < 1e5; i++) p = new Proxy(p, {}); return p.x;',
    expected: threw,
  },
  { name: 'JSON of great depth', source: 'return JSON.parse("[".repeat(100_000));', expected: threw },
  {
    name: 'a value of great depth',
    source: 'let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return a;',
    expected: { code: 'output_not_json' },
  },
  { name: 'code of great depth', source: 'return eval("(".repeat(100_000));', expected: threw },
  {
    name: 'a regular expression of great depth',
    source: 'new RegExp("(?:".repeat(1e5) + ")".repeat(1e5)).test("x");',
    expected: threw,
  },
  {
    name: 'a bound function of great depth',
    source: 'let f = () => 1; for (let i = 0; i < 1e5; i++) f = f.bind(null); return f();',
    expected: { code: /^(script_error|memory_exceeded)$/ },
  },
  // Output
  { name: 'a huge string', source: 'return "x".repeat(5_000_000);', expected: { code: 'output_too_large' } },
  {
    name: 'a huge array',
    source: 'return Array.from({ length: 200_000 }, (_, i) => i);',
    expected: { code: 'output_too_large' },
  },
  { name: 'a huge error', source: 'throw new Error("x".repeat(5_000_000));', expected: threw },
  {
    name: 'a huge stack',
    source: 'const e = new Error("m"); e.stack = "    at f (script.js:1:1)\\n".repeat(200_000); throw e;',
    expected: threw,
  },
  // Ways out
  {
    name: "the function constructor's function constructor",
    source:
      'return (async () => {}).constructor.constructor("return typeof process + typeof require + typeof globalThis.process")();',
    expected: { value: 'undefinedundefinedundefined' },
  },
  {
    name: 'the constructor of console',
    source: 'return console.log.constructor("return typeof process")();',
    expected: { value: 'undefined' },
  },
  {
    name: 'the constructor of fetch',
    source: 'return fetch.constructor.constructor("return typeof process")();',
    expected: { value: 'undefined' },
  },
  {
    name: 'the constructor of the input',
    source: 'return input.constructor.constructor("return typeof process")();',
    expected: { value: 'undefined' },
  },
  {
    name: 'the constructor of an error of the host',
    source:
      'try { await fetch("x:"); } catch (e) { return e.constructor.constructor("return typeof process")(); }',
    expected: { value: 'undefined' },
  },
  { name: 'a module', source: 'return await import("fs");', expected: threw },
  { name: 'a module of node', source: 'return await import("node:child_process");', expected: threw },
  {
    name: 'the callers of the function',
    source: 'return (function f() { return f.caller; })();',
    expected: { code: /^(script_error)$/ },
  },
  {
    name: 'the stack, by prepareStackTrace',
    source:
      'Error.prepareStackTrace = (_, frames) => frames; const s = new Error().stack; return typeof s === "string" || !s.some((f) => f.getThis?.() || f.getFunction?.());',
    expected: { value: true },
  },
  {
    name: 'a polluted Object.prototype',
    source:
      'Object.prototype.polluted = 1; Object.prototype.toJSON = () => "forged"; Array.prototype[0] = 2; return 5;',
    expected: { value: 5 },
  },
  {
    name: 'a replaced JSON.stringify',
    source: 'JSON.stringify = () => "\\"forged\\""; return { real: true };',
    expected: { value: { real: true } },
  },
  {
    name: 'a replaced JSON',
    source: 'globalThis.JSON = { stringify: () => "forged", parse: () => 1 }; return { real: true };',
    expected: { value: { real: true } },
  },
  {
    name: 'replaced methods of strings, arrays and functions',
    source:
      'String.prototype.slice = Array.prototype.join = Function.prototype.call = Function.prototype.toString = () => { throw 1; }; console.log("x".repeat(20_000)); return "fine";',
    expected: { value: 'fine' },
  },
  {
    name: 'a replaced Promise',
    source: 'globalThis.Promise = function () { throw 1; }; Array.prototype.map = null; return "fine";',
    expected: { value: 'fine' },
  },
  {
    name: 'a replaced then',
    source: 'Promise.prototype.then = function (f) { f("forged"); }; return await Promise.resolve("real");',
    expected: { value: 'real' },
  },
  {
    name: 'an error that lies about its class',
    source:
      'class E extends Error { get name() { return "InternalError"; } get message() { return "out of memory"; } } throw new E();',
    expected: threw,
  },
  {
    name: 'an error that lies about being interrupted',
    source: 'throw new InternalError("interrupted");',
    expected: threw,
  },
  {
    name: 'an error whose parts throw',
    source: 'throw new Proxy(new Error("x"), { get() { throw 1; }, getPrototypeOf() { throw 2; } });',
    expected: threw,
  },
  {
    name: 'an error that is revoked',
    source: 'const r = Proxy.revocable(new Error("x"), {}); r.revoke(); throw r.proxy;',
    expected: threw,
  },
  {
    name: 'an error with a forged place',
    source:
      'const e = new Error("m"); e.stack = "at x (script.js:999999999:1)\\nat y (/etc/passwd:1:1)"; throw e;',
    expected: threw,
  },
  {
    name: 'a result that looks like a message of the thread',
    source: 'return { kind: "ended", end: { kind: "returned", json: "0" }, reusable: true };',
    expected: { value: { kind: 'ended', end: { kind: 'returned', json: '0' }, reusable: true } },
  },
  {
    name: 'a result with __proto__',
    source: 'return JSON.parse(\'{"__proto__": {"polluted": 1}}\');',
    expected: { value: JSON.parse('{"__proto__": {"polluted": 1}}') },
  },
  {
    name: 'hidden controls among the globals',
    source:
      'return Object.getOwnPropertyNames(globalThis).filter((n) => /^(host|carillon|settle|describe|encode$|limits|isFunction)/i.test(n));',
    expected: { value: [] },
  },
  {
    name: 'shared memory to spin on',
    source: 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); return 1;',
    expected: { code: /^(script_error|script_timeout)$/ },
    timeoutMs: 600,
  },
  {
    name: 'weak references and finalizers',
    source:
      'const r = new FinalizationRegistry(() => { for (;;); }); for (let i = 0; i < 1000; i++) r.register({}, i); return "fine";',
    expected: { code: /^(script_error|script_timeout)$|^fine$/ },
    timeoutMs: 600,
  },
];

describe('a hostile script', () => {
  const fixture = new CodeFixture();
  afterAll(() => fixture.close());

  it('has many ways to be hostile', () => {
    expect(attacks.length).toBeGreaterThanOrEqual(60);
  });

  it.each(attacks)('gains nothing by $name', async ({ source, expected, timeoutMs, memoryMb }) => {
    const attack = fixture.run(source, { timeoutMs, memoryMb, input: { own: true } });
    const bystander = fixture.value('return input.n + 1', { input: { n: 41 } });
    const { outcome, log } = await attack;

    if ('value' in expected) {
      expect(outcome).toMatchObject({ kind: 'succeeded' });
      expect(outcome.output).toEqual(expected.value);
    } else if (outcome.kind === 'failed') {
      expect(outcome.error.code).toMatch(expected.code);
      expect(outcome.failureKind).not.toBe('system');
      expect(JSON.stringify(outcome.error).length).toBeLessThan(40_000);
    } else {
      expect(outcome).toMatchObject({ kind: 'succeeded', output: expect.stringMatching(expected.code) });
    }
    expect(log.length).toBeLessThanOrEqual(1_001);
    expect(await bystander).toBe(42);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('leaves nothing behind for the next run in its thread', async () => {
    const single = new CodeFixture({ maxThreads: 1 });
    try {
      await single.value(
        `
        globalThis.left = 1; Object.prototype.left = 2; Array.prototype.push = () => 3; Math.left = 4;
        input.left = 5; console.left === undefined; JSON.left = 6; Symbol.for("left"); return 1;
      `,
        { input: {} },
      );
      const found = await single.value(
        'return [typeof left, {}.left, [].push(1), Math.left, input.left, JSON.left].map(String)',
        { input: {} },
      );
      expect(found).toEqual(['undefined', 'undefined', '1', 'undefined', 'undefined', 'undefined']);
    } finally {
      await single.close();
    }
  });

  it('cannot change what it is told about itself', async () => {
    const output = await fixture.value(`
      const tries = [() => { job.id = 1; }, () => { execution.attempt = 9; }, () => { console.log = 0; }];
      return tries.map((t) => { try { t(); return 'changed'; } catch (e) { return e.constructor.name; } });
    `);
    expect(output).toEqual(['TypeError', 'TypeError', 'TypeError']);
  });

  it('is ended by its processor time, in its own name', async () => {
    const greedy = new CodeFixture({ cpuLimitMs: 200 });
    try {
      expect(await greedy.failure('for (;;);')).toMatchObject({
        failureKind: 'timeout',
        retryable: true,
        error: { code: 'cpu_limit_exceeded' },
      });
      expect(await greedy.value('return 1')).toBe(1);
    } finally {
      await greedy.close();
    }
  });

  it('does not hold up the others, however many of its kind there are', async () => {
    const crowd = new CodeFixture({ maxThreads: 4 });
    try {
      const stop = new AbortController();
      const hostile = Array.from({ length: 3 }, () => crowd.run('for (;;);', { signal: stop.signal }));
      for (let i = 0; i < 20; i += 1) expect(await crowd.value(`return ${i}`)).toBe(i);
      stop.abort('cancelled');
      for (const { outcome } of await Promise.all(hostile)) expect(outcome.kind).toBe('cancelled');
    } finally {
      await crowd.close();
    }
  });
});
