import { endOfProcess, type ProcessResult } from './process-result.js';

const ended = (values: Partial<ProcessResult>): ProcessResult => ({
  code: 0,
  flooded: false,
  result: '',
  errorTail: '',
  ...values,
});
const failure = (code: string, message: unknown = expect.any(String)) => ({
  kind: 'failed',
  failure: { code, message },
});

describe('the end of a sandboxed process', () => {
  it.each([
    ['python', { result: '{"output":[1]}' }, '[1]'],
    ['python', { result: '{"output":null}' }, 'null'],
    ['python', { result: '' }, 'null'],
    ['python', { result: 'not from the runner' }, 'null'],
    ['shell', { result: '' }, 'null'],
    ['shell', { result: ' {"a": 1}\n' }, '{"a":1}'],
  ] as const)('of %s with %j is a value', (language, values, json) => {
    expect(endOfProcess(language, ended(values))).toEqual({ kind: 'returned', json, cpuMs: null });
  });

  it.each([
    ['python', { flooded: true }, 'output_too_large'],
    ['shell', { result: null }, 'output_too_large'],
    ['shell', { result: JSON.stringify('x'.repeat(256 * 1024)) }, 'output_too_large'],
    ['python', { code: 152 }, 'cpu_limit_exceeded'],
    ['shell', { result: '{' }, 'output_not_json'],
    ['shell', { code: 3 }, 'script_error'],
    ['shell', { code: 2, result: 'syntax-error\n' }, 'syntax_error'],
  ] as const)('of %s with %.40j is a failure', (language, values, code) => {
    expect(endOfProcess(language, ended(values))).toMatchObject(failure(code));
  });

  it('tells the status, the signal and the last words', () => {
    const end = endOfProcess('shell', ended({ code: 139, errorTail: 'one\ntwo\n' }));
    expect(end).toMatchObject(failure('script_error', 'The script ended with status 139 (signal 11): two'));
  });

  it('takes from a Python report only what a report can hold', () => {
    const report = {
      code: 'sandbox_unavailable',
      message: 5,
      name: 'E',
      stack: 'x'.repeat(20_000),
      line: '7',
    };
    const end = endOfProcess('python', ended({ code: 1, result: JSON.stringify({ failure: report }) }));
    expect(end).toEqual({
      kind: 'failed',
      failure: {
        code: 'script_error',
        message: '',
        name: 'E',
        stack: expect.stringMatching(/^x{8192}… \[cut\]$/),
      },
    });
  });
});
