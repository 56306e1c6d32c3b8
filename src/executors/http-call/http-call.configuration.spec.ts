import 'reflect-metadata';
import { plainToInstance } from 'class-transformer';
import { validate } from 'class-validator';
import { HttpCallConfiguration } from './http-call.configuration.js';

const URL_ONLY = { url: 'https://your-service.example.com/api/sync' };

/** The messages of all faults, checked as the API checks. */
async function faults(plain: object): Promise<string[]> {
  const errors = await validate(plainToInstance(HttpCallConfiguration, plain), {
    whitelist: true,
    forbidNonWhitelisted: true,
  });
  return errors.flatMap((error) => Object.values(error.constraints ?? {}));
}

describe('HttpCallConfiguration', () => {
  it.each<[string, object]>([
    [
      'the documented example',
      { ...URL_ONLY, method: 'POST', headers: { 'X-Api-Key': 'abc123' }, body: null },
    ],
    ['a URL alone', URL_ONLY],
    [
      'every field',
      {
        ...URL_ONLY,
        method: 'PATCH',
        headers: { Authorization: 'Bearer ${{ secrets.TOKEN }}', 'X-Tab': 'a\tb' },
        query: { a: 'x', b: 1.5, c: false, d: ['y', 2, true], e: [] },
        body: { nested: [1, { deep: null }] },
        expectedStatuses: [200, '2xx', '300-304'],
        timeoutSeconds: 86_400,
        maxRedirects: 20,
        maxResponseBytes: 8 * 1024 * 1024,
      },
    ],
    [
      'null for every optional field',
      {
        ...URL_ONLY,
        method: null,
        headers: null,
        query: null,
        body: null,
        expectedStatuses: null,
        timeoutSeconds: null,
        maxRedirects: null,
        maxResponseBytes: null,
      },
    ],
    ['text as body', { ...URL_ONLY, body: 'a=1' }],
    ['a list as body', { ...URL_ONLY, body: [1, 2] }],
    ['false as body', { ...URL_ONLY, body: false }],
    ['no redirects', { ...URL_ONLY, maxRedirects: 0 }],
    ['a private host, which is judged when called', { url: 'http://10.0.0.1:8080/x' }],
  ])('accepts %s', async (_case, plain) => {
    expect(await faults(plain)).toEqual([]);
  });

  it.each<[string, object, string]>([
    ['no URL', {}, 'url'],
    ['a URL that is no text', { url: 5 }, 'url'],
    ['a relative URL', { url: '/x' }, 'url'],
    ['another scheme', { url: 'ftp://example.com/' }, 'scheme'],
    ['user info', { url: 'https://user:hunter2@example.com/' }, 'user info'],
    ['an unknown field', { ...URL_ONLY, verb: 'GET' }, 'verb'],
    ['an unknown method', { ...URL_ONLY, method: 'TRACE' }, 'method'],
    ['a lower-case method', { ...URL_ONLY, method: 'get' }, 'method'],
    ['headers that are a list', { ...URL_ONLY, headers: ['X-A: 1'] }, 'headers'],
    ['a header that is no text', { ...URL_ONLY, headers: { 'X-A': 1 } }, 'X-A'],
    ['a header name with a space', { ...URL_ONLY, headers: { 'X A': '1' } }, 'X A'],
    ['an empty header name', { ...URL_ONLY, headers: { '': '1' } }, 'header name'],
    ['a line break in a header', { ...URL_ONLY, headers: { 'X-A': 'hunter2\r\nX-B: 1' } }, 'X-A'],
    ['Host', { ...URL_ONLY, headers: { HOST: 'x' } }, 'HOST'],
    ['Content-Length', { ...URL_ONLY, headers: { 'content-length': '1' } }, 'content-length'],
    ['Transfer-Encoding', { ...URL_ONLY, headers: { 'Transfer-Encoding': 'chunked' } }, 'Transfer-Encoding'],
    ['Connection', { ...URL_ONLY, headers: { Connection: 'close' } }, 'Connection'],
    ['a header given twice', { ...URL_ONLY, headers: { 'X-A': '1', 'x-a': '2' } }, 'twice'],
    ['a very long header', { ...URL_ONLY, headers: { 'X-A': 'a'.repeat(8193) } }, '8192'],
    ['an object in the query', { ...URL_ONLY, query: { a: { b: 1 } } }, '"a"'],
    ['null in the query', { ...URL_ONLY, query: { a: null } }, '"a"'],
    ['a list of lists in the query', { ...URL_ONLY, query: { a: [['b']] } }, '"a"'],
    ['no status expected', { ...URL_ONLY, expectedStatuses: [] }, 'at least one'],
    ['an impossible status', { ...URL_ONLY, expectedStatuses: [200, 700] }, '700'],
    ['one status that is no list', { ...URL_ONLY, expectedStatuses: 200 }, 'list'],
    ['no time', { ...URL_ONLY, timeoutSeconds: 0 }, 'timeoutSeconds'],
    ['more than a day', { ...URL_ONLY, timeoutSeconds: 86_401 }, 'timeoutSeconds'],
    ['time as text', { ...URL_ONLY, timeoutSeconds: '30' }, 'timeoutSeconds'],
    ['too many redirects', { ...URL_ONLY, maxRedirects: 21 }, 'maxRedirects'],
    ['half a redirect', { ...URL_ONLY, maxRedirects: 0.5 }, 'maxRedirects'],
    ['too many bytes', { ...URL_ONLY, maxResponseBytes: 8 * 1024 * 1024 + 1 }, 'maxResponseBytes'],
  ])('refuses %s', async (_case, plain, named) => {
    const messages = (await faults(plain)).join('; ');
    expect(messages).toContain(named);
    expect(messages).not.toContain('hunter2');
  });
});
