import { outboundTarget } from './outbound-url.js';
import { isRedirect, redirected, type Hop } from './redirect.js';

const hop = (changes: Partial<Hop> & { from?: string } = {}): Hop => ({
  method: 'POST',
  target: outboundTarget(changes.from ?? 'https://api.example/v1?x=1'),
  headers: { 'Content-Type': 'application/json', Authorization: 'Bearer s', 'X-Tenant': 't', Accept: '*/*' },
  body: '{"a":1}',
  ...changes,
});

describe('redirected', () => {
  it.each([
    ['POST', 301, 'GET'],
    ['POST', 302, 'GET'],
    ['POST', 303, 'GET'],
    ['PUT', 301, 'PUT'],
    ['PATCH', 302, 'PATCH'],
    ['PUT', 303, 'GET'],
    ['DELETE', 303, 'GET'],
    ['HEAD', 303, 'HEAD'],
    ['HEAD', 301, 'HEAD'],
    ['POST', 307, 'POST'],
    ['POST', 308, 'POST'],
    ['DELETE', 307, 'DELETE'],
  ])('%s under %i becomes %s', (method, status, expected) => {
    const next = redirected(hop({ method }), status, '/next');
    expect(next.method).toBe(expected);
    const keepsBody = expected === method;
    expect(next.body).toBe(keepsBody ? '{"a":1}' : null);
    expect('Content-Type' in next.headers).toBe(keepsBody);
    expect(next.headers.Authorization).toBe('Bearer s');
  });

  it.each([
    ['/b', 'https://api.example/b'],
    ['b?c', 'https://api.example/b?c'],
    ['//other.example/x', 'https://other.example/x'],
    ['https://other.example/x', 'https://other.example/x'],
  ])('resolves %s against the current URL', (location, expected) => {
    expect(redirected(hop(), 307, location).target.url.href).toBe(expected);
  });

  it.each([
    ['another host', 'https://api.example/', 'https://api.example.evil.example/'],
    ['a subdomain', 'https://api.example/', 'https://x.api.example/'],
    ['another port', 'https://api.example/', 'https://api.example:8443/'],
    ['http to https on another port', 'http://api.example/', 'https://api.example:8443/'],
    ['http on another port to https', 'http://api.example:8080/', 'https://api.example/'],
  ])('sends only harmless headers to %s', (_case, from, to) => {
    const next = redirected(
      hop({
        from,
        headers: {
          Accept: '*/*',
          'Content-Type': 'text/plain',
          'Idempotency-Key': 'k',
          'X-Carillon-Attempt': '1',
          Authorization: 'Bearer s',
          Cookie: 'sid=1',
          'X-API-KEY': 's',
          'X-Anything': 's',
        },
      }),
      307,
      to,
    );
    expect(next.headers).toEqual({
      Accept: '*/*',
      'Content-Type': 'text/plain',
      'Idempotency-Key': 'k',
      'X-Carillon-Attempt': '1',
    });
  });

  it('keeps all headers on the way from http to https of one host', () => {
    const from = hop({ from: 'http://api.example/' });
    expect(redirected(from, 308, 'https://api.example/').headers).toEqual(from.headers);
  });

  it('refuses the way from https to http', () => {
    expect(() => redirected(hop(), 302, 'http://api.example/')).toThrow(
      expect.objectContaining({ code: 'outbound_blocked', rule: 'https-downgrade' }),
    );
  });

  it('refuses a location that is no URL', () => {
    expect(() => redirected(hop(), 302, 'http://')).toThrow(
      expect.objectContaining({ code: 'response_invalid' }),
    );
  });
});

describe('isRedirect', () => {
  it.each([301, 302, 303, 307, 308])('takes %i with a location', (status) => {
    expect(isRedirect(status, { location: '/' })).toBe(true);
    expect(isRedirect(status, {})).toBe(false);
  });

  it.each([200, 300, 304, 305, 306, 404])('takes %i as an answer', (status) => {
    expect(isRedirect(status, { location: '/' })).toBe(false);
  });
});
