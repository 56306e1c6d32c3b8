import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { plainToInstance } from 'class-transformer';
import { CodeExecutionConfiguration } from '../../src/executors/code-execution/code-execution.configuration.js';
import type { LanguageStatus } from '../../src/executors/code-execution/code-execution.executor.js';
import { CODE_LANGUAGES } from '../../src/executors/code-execution/language.js';
import { CodeFixture, type RunOptions } from './code-execution-fixture.js';

const configuration = (values: Partial<CodeExecutionConfiguration>) =>
  plainToInstance(CodeExecutionConfiguration, { source: 'true', ...values });

/**
 * These tests hold on every machine: where bubblewrap cannot isolate, each asserts the refusal and its reason
 * instead of the run.
 */
describe('Python and shell', () => {
  const fixture = new CodeFixture({ languages: CODE_LANGUAGES, cpuLimitMs: 5_000 });
  let status: LanguageStatus[];
  let refusal: string | null;

  beforeAll(async () => {
    status = await fixture.executor.prepare();
    refusal = status.find(({ language }) => language === 'python')?.refusal ?? null;
  });
  afterAll(() => fixture.close());

  it('are judged together, and the scripts in WebAssembly always run', () => {
    const refusals = Object.fromEntries(status.map(({ language, refusal: reason }) => [language, reason]));
    expect(refusals).toEqual({ javascript: null, typescript: null, python: refusal, shell: refusal });
    if (refusal !== null) expect(refusal).toMatch(/bubblewrap|sandbox|Linux/i);
  });

  /** Runs the assertion where the languages run; elsewhere asserts that the very same run is refused. */
  async function either(source: string, options: RunOptions, assert: () => Promise<void>): Promise<void> {
    if (refusal === null) return assert();
    expect(await fixture.failure(source, options)).toMatchObject({
      retryable: false,
      error: { code: 'language_unavailable', message: refusal },
    });
    const { language } = options;
    expect(await fixture.executor.check(configuration({ language, source }))).toEqual([
      { field: 'language', message: refusal },
    ]);
  }

  describe.each([
    [
      'python',
      'import sys\nprint("hello", input["n"])\nprint("warned", file=sys.stderr)\noutput = {"n": input["n"] + 1, "job": job["id"], "attempt": execution["attempt"]}',
    ],
    [
      'shell',
      'read -r given; echo hello ${given#*\\"n\\":} | cut -c1-7; echo warned >&2; echo \'{"n":42,"job":"job-1","attempt":2}\' > "$OUTPUT"',
    ],
  ] as const)('%s', (language, source) => {
    it('gets its input, logs, and answers a value', () =>
      either(source, { language }, async () => {
        const { outcome, log } = await fixture.run(source, { language, input: { n: 41 } });
        expect(outcome).toMatchObject({ kind: 'succeeded', output: { n: 42, job: 'job-1', attempt: 2 } });
        expect(log).toContainEqual({ level: 'info', message: expect.stringMatching(/^hello/) });
        expect(log).toContainEqual({ level: 'warn', message: 'warned' });
      }));
  });

  type Case = [
    language: 'python' | 'shell',
    name: string,
    source: string,
    code: string | RegExp,
    options?: RunOptions,
  ];
  const socket = 'import socket\n';
  const failing: Case[] = [
    ['python', 'an exception', 'def f():\n  raise ValueError("bad")\nf()', 'script_error'],
    ['python', 'an error of syntax', 'a = 1\nx = (', 'syntax_error'],
    ['python', 'an exit with a status', 'import sys\nsys.exit(3)', 'script_error'],
    ['python', 'an exit without ceremony', 'import os\nos._exit(7)', 'script_error'],
    ['python', 'too much memory', 'x = bytearray(10**9)', 'memory_exceeded'],
    ['python', 'an output that is not JSON', 'output = {1, 2}', 'output_not_json'],
    ['python', 'an output that is too large', 'output = "x" * 300_000', 'output_too_large'],
    ['python', 'endless recursion', 'def f(): return f()\nf()', 'script_error'],
    ['python', 'the internet', `${socket}socket.create_connection(("1.1.1.1", 80), 5)`, 'script_error'],
    ['python', 'a name look-up', `${socket}socket.getaddrinfo("example.com", 80)`, 'script_error'],
    ['python', "the host's users", 'open("/etc/passwd")', 'script_error'],
    [
      'python',
      "the host's environment",
      'open("/proc/1/environ").read().index("HOME=/root")',
      'script_error',
    ],
    ['python', "the host's home folders", 'import os\nos.listdir("/root")', 'script_error'],
    ['python', 'a write among the programs', 'open("/usr/bin/evil", "w")', 'script_error'],
    [
      'python',
      'a mount',
      'import subprocess\nsubprocess.run(["mount", "-t", "tmpfs", "x", "/tmp"], check=True)',
      'script_error',
    ],
    [
      'python',
      'a full disk',
      'f = open("/tmp/x", "wb")\nfor i in range(64): f.write(bytes(1 << 20))',
      'script_error',
    ],
    ['python', 'bombs of forks', 'import os\nwhile True: os.fork()', 'script_error'],
    ['shell', 'a status', 'echo because >&2; exit 3', 'script_error'],
    ['shell', 'an error of syntax', 'echo a\nif then', 'syntax_error'],
    ['shell', 'an output that is not JSON', 'echo nope > "$OUTPUT"', 'output_not_json'],
    [
      'shell',
      'an output that is too large',
      'head -c 1M /dev/zero | tr "\\\\0" 1 > "$OUTPUT"',
      'output_too_large',
    ],
    ['shell', 'an output without end', 'yes', 'output_too_large'],
    ['shell', 'a signal to everybody', 'kill -9 -1; exit 9', 'script_error'],
    ['shell', 'more namespaces', 'unshare -U true', 'script_error'],
    ['shell', 'a loop', 'while :; do :; done', 'script_timeout', { timeoutMs: 700 }],
    [
      'shell',
      'a bomb of forks',
      'b() { b | b & }; b; sleep 60',
      /^(script_timeout|script_error)$/,
      { timeoutMs: 1500 },
    ],
    ['shell', 'a sleep', 'sleep 600', 'script_timeout', { timeoutMs: 300 }],
  ];

  it.each(failing)('%s: %s ends as a failure of its own', (...[language, , source, code, options]: Case) =>
    either(source, { ...options, language }, async () => {
      const failure = await fixture.failure(source, { ...options, language });
      expect(failure.error.code).toMatch(code);
      expect(failure.failureKind).toBe(failure.error.code === 'script_timeout' ? 'timeout' : 'error');
      expect(await fixture.value('return 1')).toBe(1);
    }),
  );

  it('a Python error has its place and stack', () => {
    const source = 'def f():\n  raise ValueError("bad")\n\nf()';
    return either(source, { language: 'python' }, async () => {
      const { error } = await fixture.failure(source, { language: 'python' });
      expect(error).toMatchObject({ message: 'ValueError: bad', details: { name: 'ValueError', line: 2 } });
      expect(error.details).toMatchObject({ stack: expect.stringContaining('File "script.py", line 4') });
    });
  });

  it('cannot reach a server of this machine', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const connected: unknown[] = [];
    server.on('connection', (connection) => connected.push(connection));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const source = `${socket}socket.create_connection(("127.0.0.1", ${port}), 5)`;
    await either(source, { language: 'python' }, async () => {
      expect((await fixture.failure(source, { language: 'python' })).error.message).toMatch(
        /refused|unreachable/i,
      );
    });
    server.close();
    expect(connected).toEqual([]);
  });

  it('leave no process behind, neither at their end nor when they are cancelled', () => {
    const source = (seconds: string, then: string) => `(setsid sleep ${seconds} >/dev/null 2>&1 &)\n${then}`;
    return either(source('1', 'true'), { language: 'shell' }, async () => {
      await fixture.run(source('98761', 'echo done'), { language: 'shell' });
      const stop = new AbortController();
      await fixture.run(source('98762', 'echo up; sleep 98763'), {
        language: 'shell',
        signal: stop.signal,
        onLog: () => stop.abort('cancelled'),
      });
      const deadline = Date.now() + 10_000;
      while (isRunning(/sleep\x00987[0-9]+\x00/) && Date.now() < deadline) await new Promise(setImmediate);
      expect(isRunning(/sleep\x00987[0-9]+\x00/)).toBe(false);
    });
  });

  it('are checked for syntax when a job is made, without running', () =>
    either('x', { language: 'python' }, async () => {
      const check = (language: 'python' | 'shell', source: string) =>
        fixture.executor.check(configuration({ language, source }));
      expect(await check('python', 'a = 1\nx = (')).toEqual([
        { field: 'source', message: expect.stringMatching(/^line 2: SyntaxError/) },
      ]);
      expect(await check('shell', 'if then')).toEqual([
        { field: 'source', message: expect.stringMatching(/^script\.sh: 1: /) },
      ]);
      expect(await check('python', 'while True: pass')).toEqual([]);
      expect(await check('shell', 'while :; do :; done')).toEqual([]);
    }));

  it('have no HTTP', () =>
    either('true', { language: 'shell' }, async () => {
      const faults = await fixture.executor.check(
        configuration({ language: 'shell', allowHttp: ['https://example.com'] }),
      );
      expect(faults).toEqual([
        { field: 'allowHttp', message: 'only javascript and typescript can call HTTP' },
      ]);
    }));

  it('are refused where the start-up test finds something that must be hidden', async () => {
    const careless = new CodeFixture({
      languages: ['shell'],
      hiddenPaths: [process.execPath, '/usr/bin/env'],
    });
    try {
      const [shell] = await careless.executor.prepare();
      expect(shell?.refusal).toMatch(
        refusal === null ? /^The sandbox sees \/usr\/.*\.$/ : /bubblewrap|sandbox|Linux/i,
      );
      expect((await careless.failure('true', { language: 'shell' })).error).toEqual({
        code: 'language_unavailable',
        message: shell?.refusal,
      });
    } finally {
      await careless.close();
    }
  });
});

function isRunning(command: RegExp): boolean {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.some((pid) => {
    try {
      return command.test(readFileSync(`/proc/${pid}/cmdline`, 'latin1'));
    } catch {
      return false;
    }
  });
}
