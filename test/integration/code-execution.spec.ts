import { plainToInstance } from 'class-transformer';
import { CodeExecutionConfiguration } from '../../src/executors/code-execution/code-execution.configuration.js';
import { LOG_CUT_MARK } from '../../src/executors/code-execution/run-log.js';
import type { AbortReason } from '../../src/executors/executor.js';
import { CodeFixture, type LogLine } from './code-execution-fixture.js';

const configuration = (values: Partial<CodeExecutionConfiguration>) =>
  plainToInstance(CodeExecutionConfiguration, { language: 'javascript', source: 'return 1', ...values });

describe('code execution', () => {
  const fixture = new CodeFixture();
  afterAll(() => fixture.close());

  describe('the value', () => {
    it.each([
      ['return { a: [1, "é😀", null, true] }', { a: [1, 'é😀', null, true] }],
      ['return undefined', null],
      ['', null],
      ['return () => 1', null],
      ['return await Promise.resolve(7)', 7],
      ['return new Date(0)', '1970-01-01T00:00:00.000Z'],
      ['return "x" // the end', 'x'],
      ['return { then: undefined, toJSON() { return "mine" } }', 'mine'],
    ])('of %j is %j', async (source, expected) => {
      expect(await fixture.value(source)).toEqual(expected);
    });

    it('comes with its measured times', async () => {
      const { outcome } = await fixture.run('let n = 0; for (let i = 0; i < 300_000; i++) n += i; return n;');
      expect(outcome).toMatchObject({ kind: 'succeeded', output: 44_999_850_000 });
      expect(outcome.trace?.cpuMs).toBeGreaterThan(0);
      expect(outcome.trace?.totalMs).toBeGreaterThan(0);
    });

    it.each([
      ['const a = {}; a.a = a; return a;', 'output_not_json'],
      ['return 10n', 'output_not_json'],
      ['return { toJSON() { throw new Error("no") } }', 'output_not_json'],
      ['return "x".repeat(256 * 1024 - 1)', 'output_too_large'],
      ['return "é".repeat(140_000)', 'output_too_large'],
    ])('of %j is refused: %s', async (source, code) => {
      expect(await fixture.failure(source)).toMatchObject({
        failureKind: 'error',
        error: { code },
        retryable: false,
      });
    });

    it('may be as large as the limit', async () => {
      expect(await fixture.value('return "x".repeat(256 * 1024 - 2)')).toHaveLength(256 * 1024 - 2);
    });
  });

  describe('what the script is given', () => {
    it('is the input, the job and the execution', async () => {
      const output = await fixture.value('return { input, job, execution }', { input: { city: 'Graz' } });
      expect(output).toMatchObject({
        input: { city: 'Graz' },
        job: { id: 'job-1', name: 'nightly' },
        execution: {
          id: 'execution-1',
          attempt: 2,
          trigger: 'manual',
          scheduledFor: '2026-01-02T03:04:05.000Z',
          idempotencyKey: 'key-1',
        },
      });
    });

    it.each([
      [{ configured: 1 }, null, { configured: 1 }],
      [{ configured: 1 }, { payload: 2 }, { payload: 2 }],
      [{ configured: 1 }, false, false],
      [undefined, null, null],
    ])('has as input of %j and the payload %j: %j', async (input, payload, expected) => {
      expect(await fixture.value('return input', { input, payload })).toEqual(expected);
    });

    it('can be shadowed by names of the script', async () => {
      expect(
        await fixture.value('const input = 5, fetch = 6, console = 7; return input + fetch + console;'),
      ).toBe(18);
    });

    it('holds nothing of node or the browser', async () => {
      const names = [
        'process',
        'require',
        'module',
        'Buffer',
        'setTimeout',
        'WebAssembly',
        'std',
        'os',
        'Worker',
      ];
      const source = `return ${JSON.stringify(names)}.filter((name) => name in globalThis)`;
      expect(await fixture.value(source)).toEqual([]);
    });
  });

  describe('the log', () => {
    it('has the level and text of every console call', async () => {
      const { log } = await fixture.run(`
        console.debug('d'); console.trace('t'); console.log('l', 1, null, undefined, true, 5n, Symbol('s'));
        console.info({ a: [1, { b: 2n }] }); console.warn(() => 1); console.error(new RangeError('bad'));
        const loop = {}; loop.loop = loop; console.log(loop);
      `);
      expect(log.map(({ level, message }) => `${level} ${message.split('\n')[0]}`)).toEqual([
        'debug d',
        'debug t',
        'info l 1 null undefined true 5n Symbol(s)',
        'info {"a":[1,{"b":"2n"}]}',
        'warn [function]',
        'error RangeError: bad',
        'info [a value that cannot be shown]',
      ]);
    });

    it('arrives while the script still runs', async () => {
      const stop = new AbortController();
      const lines: LogLine[] = [];
      const { outcome } = await fixture.run('console.log("started"); for (;;);', {
        signal: stop.signal,
        onLog(line) {
          lines.push(line);
          stop.abort('cancelled');
        },
      });
      expect(lines).toEqual([{ level: 'info', message: 'started' }]);
      expect(outcome).toMatchObject({ kind: 'cancelled', reason: 'cancelled' });
    });

    it('is cut with a visible mark when it has too many lines', async () => {
      const { outcome, log } = await fixture.run(
        'for (let i = 0; i < 50_000; i++) console.log(i); return "done"',
      );
      expect(outcome).toMatchObject({ kind: 'succeeded', output: 'done' });
      expect(log).toHaveLength(1_001);
      expect(log.at(-1)).toEqual({ level: 'warn', message: LOG_CUT_MARK });
    });

    it('is cut when its lines are too long, each and together', async () => {
      const { log } = await fixture.run('for (let i = 0; i < 100; i++) console.log("x".repeat(100_000))');
      expect(log[0]?.message).toHaveLength(8 * 1024 + '… [cut]'.length);
      expect(log.at(-1)?.message).toBe(LOG_CUT_MARK);
      expect(log.reduce((sum, { message }) => sum + message.length, 0)).toBeLessThan(140 * 1024);
    });
  });

  describe('a thrown error', () => {
    it('is retryable and has its place in a JavaScript source', async () => {
      const failure = await fixture.failure(
        'const a = {};\n\nfunction inner() {\n  return a.b.c;\n}\ninner();',
      );
      expect(failure).toMatchObject({
        failureKind: 'error',
        retryable: true,
        error: {
          code: 'script_error',
          message: "TypeError: cannot read property 'c' of undefined",
          details: { name: 'TypeError', line: 4 },
        },
      });
      expect(failure.error.details).toMatchObject({
        stack: expect.stringMatching(
          /^TypeError: .*\n {4}at inner \(script\.js:4:\d+\)\n {4}at script\.js:6:\d+$/,
        ),
      });
    });

    it('has its line and column on the first line, where the wrapper is', async () => {
      const failure = await fixture.failure('null.x');
      expect(failure.error.details).toMatchObject({ line: 1, column: 'null.'.length });
    });

    it('has its place in a TypeScript source as it was written', async () => {
      const source = [
        'interface Point { x: number; y?: number }',
        'enum Color { Red, Green }',
        'type Many<T> = T extends string ? T[] : never;',
        'const point: Point = { x: Color.Green };',
        'function fail<T extends Point>(this: void, value: T): asserts value is T & { z: 1 } {',
        '  const cast: unknown = value as unknown; throw new RangeError("r");',
        '}',
        'fail<Point>(point);',
      ].join('\n');
      const failure = await fixture.failure(source, { language: 'typescript' });
      const column = (source.split('\n')[5] ?? '').indexOf('("r")') + 1;
      const details = failure.error.details as { line: number; column: number; stack: string };
      expect(details).toMatchObject({ line: 6, column });
      expect(details.stack).toMatch(/at fail \(script\.ts:6:\d+\)\n {4}at script\.ts:8:\d+$/);
    });

    it('counts columns as JavaScript counts characters', async () => {
      const plain = await fixture.failure('const s = "aaaa"; null.x');
      const wide = await fixture.failure('const s = "語é😀"; null.x');
      expect(wide.error.details).toMatchObject({
        column: (plain.error.details as { column: number }).column,
      });
    });

    it.each([
      ['throw "text"', 'text'],
      ['throw { code: 5 }', '{"code":5}'],
      ['throw undefined', 'undefined'],
      ['throw null', 'null'],
      ['await Promise.reject(new Error("later"))', 'Error: later'],
    ])('by %j reads %j', async (source, message) => {
      expect((await fixture.failure(source)).error).toMatchObject({ code: 'script_error', message });
    });
  });

  describe('a source with an error in it', () => {
    it.each([
      ['javascript', 'const a = 1;\nlet b = ;', 'line 2'],
      ['javascript', 'if (true) {', 'SyntaxError'],
      ['javascript', 'const x: number = 1', 'line 1'],
      ['javascript', 'import fs from "fs"', 'SyntaxError'],
      ['javascript', '}, async function () {', 'braces'],
      ['javascript', '}(), null.x, async function () {', 'line 1'],
      ['typescript', 'const a: number = 1;\n\nlet b: = 2;', 'line 3, column 8'],
      ['typescript', 'let x: number = ;', 'line 1, column 17'],
      ['typescript', '} as any, async function () {', 'braces'],
      ['javascript', '('.repeat(100_000), 'overflow'],
      ['typescript', 'if(a)'.repeat(50_000), 'SyntaxError'],
    ] as const)('in %s is refused by the check and by the run', async (language, source, text) => {
      const faults = await fixture.executor.check(configuration({ language, source }));
      expect(faults).toEqual([{ field: 'source', message: expect.stringContaining(text) }]);
      expect(await fixture.failure(source, { language })).toMatchObject({
        failureKind: 'error',
        retryable: false,
        error: { code: 'syntax_error' },
      });
    });

    it('is not looked for by running it', async () => {
      expect(await fixture.executor.check(configuration({ source: 'for (;;);' }))).toEqual([]);
      expect(await fixture.executor.check(configuration({ source: 'throw 1' }))).toEqual([]);
    });

    it('is told from one that throws a SyntaxError of its own', async () => {
      const failure = await fixture.failure('new Function("(")');
      expect(failure).toMatchObject({ retryable: true, error: { code: 'script_error' } });
    });
  });

  describe('a stop from outside', () => {
    it.each<[AbortReason, object]>([
      [
        'timeout',
        { kind: 'failed', failureKind: 'timeout', retryable: true, error: { code: 'script_timeout' } },
      ],
      ['cancelled', { kind: 'cancelled', reason: 'cancelled' }],
      ['lease-lost', { kind: 'cancelled', reason: 'lease-lost' }],
      ['shutdown', { kind: 'cancelled', reason: 'shutdown' }],
    ])('for %s ends a script that computes', async (reason, expected) => {
      const { outcome } = await fixture.run('for (;;);', { signal: CodeFixture.abortAfter(50, reason) });
      expect(outcome).toMatchObject(expected);
    });

    it('that came before the start is obeyed', async () => {
      const { outcome } = await fixture.run('return 1', { signal: AbortSignal.abort('cancelled') });
      expect(outcome).toMatchObject({ kind: 'cancelled', reason: 'cancelled' });
    });

    it('is made by the deadline alone, too', async () => {
      expect(await fixture.failure('for (;;);', { timeoutMs: 100 })).toMatchObject({
        failureKind: 'timeout',
        error: { code: 'script_timeout' },
      });
    });
  });

  it('refuses languages that are not switched on, with the reason', async () => {
    const expected = 'python is not switched on here: CODE_LANGUAGES lists javascript, typescript.';
    expect(await fixture.executor.check(configuration({ language: 'python' }))).toEqual([
      { field: 'language', message: expected },
    ]);
    expect(await fixture.failure('output = 1', { language: 'python' })).toMatchObject({
      retryable: false,
      error: { code: 'language_unavailable', message: expected },
    });
  });
});

describe('the threads of code execution', () => {
  it('are shared: a run waits for a free one, and the time is not counted as its processor time', async () => {
    const fixture = new CodeFixture({ maxThreads: 1, cpuLimitMs: 2_000 });
    try {
      const stop = new AbortController();
      const busy = fixture.run('console.log("up"); for (;;);', {
        signal: stop.signal,
        onLog: () => started(),
      });
      let started = (): void => undefined;
      await new Promise<void>((resolve) => (started = resolve));
      const waiting = fixture.run('return "mine"');
      const late = await fixture.failure('return 1', { timeoutMs: 50 });
      expect(late).toMatchObject({ failureKind: 'timeout', error: { code: 'script_timeout' } });
      stop.abort('cancelled');
      expect((await busy).outcome.kind).toBe('cancelled');
      const { outcome } = await waiting;
      expect(outcome).toMatchObject({ kind: 'succeeded', output: 'mine' });
      expect(outcome.trace?.cpuMs).toBeLessThan(1_000);
    } finally {
      await fixture.close();
    }
  });

  it('end with the executor, and what ran in them is answered', async () => {
    const fixture = new CodeFixture({ maxThreads: 1 });
    let up = (): void => undefined;
    const started = new Promise<void>((resolve) => (up = resolve));
    const running = fixture.run('console.log("up"); for (;;);', { onLog: () => up() });
    await started;
    const queued = fixture.run('return 1');
    await fixture.close();
    expect((await running).outcome.kind).toBe('cancelled');
    expect((await queued).outcome.kind).toBe('cancelled');
  });

  it('that cannot be started are a fault of the system, not of the script', async () => {
    const fixture = new CodeFixture({
      threadExecArgv: ['--import', 'data:text/javascript,throw new Error("no")'],
    });
    try {
      expect(await fixture.failure('return 1')).toMatchObject({
        failureKind: 'system',
        retryable: true,
        error: { code: 'sandbox_unavailable' },
      });
    } finally {
      await fixture.close();
    }
  });
});
