import type { Json } from '../execution/outcome.js';
import { keepMasked, maskedPaths, maskSecrets } from './mask-secrets.js';

const stored = {
  url: 'https://robot:hunter2@api.example.com/sync?api_key=k-1&page=2&api_key=k-2#top',
  method: 'POST',
  headers: { 'X-Api-Key': 'abc123', Authorization: 'Bearer t', Accept: 'application/json', cookie: 'sid=1' },
  body: { user: 'ann', nested: [{ db_password: 'pw', clientSecret: 7, max_tokens: 100, active: true }] },
  parameters: [
    { name: 'region', value: 'eu' },
    { name: 'access-token', value: 'tok' },
  ],
  credentials: { user: 'root', keys: ['one', 'two'] },
};

const masked = {
  url: 'https://robot:***@api.example.com/sync?api_key=***&page=2&api_key=***#top',
  method: 'POST',
  headers: { 'X-Api-Key': '***', Authorization: '***', Accept: 'application/json', cookie: '***' },
  body: { user: 'ann', nested: [{ db_password: '***', clientSecret: '***', max_tokens: 100, active: true }] },
  parameters: [
    { name: 'region', value: 'eu' },
    { name: 'access-token', value: '***' },
  ],
  credentials: { user: '***', keys: ['***', '***'] },
};

describe('maskSecrets', () => {
  it('masks secret-looking keys, pairs and URL parts at any depth and leaves the rest', () => {
    expect(maskSecrets(stored)).toEqual(masked);
  });

  it('does not change its input', () => {
    const before = structuredClone(stored);
    maskSecrets(stored);
    expect(stored).toEqual(before);
  });

  it.each([
    'authorization',
    'Proxy-Authorization',
    'COOKIE',
    'Set-Cookie',
    'x-api-key',
    'api-key',
    'apikey',
    'api_key',
    'accessToken',
    'refresh_token',
    'client-secret',
    'password',
    'db_passwd',
    'AWS_CREDENTIALS',
    'private-key',
    'PrivateKey',
    'passphrase',
    'X-Secret-Thing',
  ])('takes %s for a secret', (key) => {
    expect(maskSecrets({ [key]: 'value' })).toEqual({ [key]: '***' });
  });

  it.each([
    'accept',
    'content-type',
    'author',
    'monkey',
    'x-request-id',
    'key',
    'passenger',
    'cookies-policy',
  ])('leaves %s alone', (key) => {
    expect(maskSecrets({ [key]: 'value' })).toEqual({ [key]: 'value' });
  });

  it.each([
    ['https://example.com/a?b=c', 'https://example.com/a?b=c'],
    ['https://tok3n@example.com', 'https://***@example.com'],
    [
      'postgres://u:p@ss@db:5432/x?sslmode=off&password=z',
      'postgres://u:***@db:5432/x?sslmode=off&password=***',
    ],
    ['https://example.com/?access%5Ftoken=zz', 'https://example.com/?access%5Ftoken=***'],
    ['https://example.com/?token=', 'https://example.com/?token='],
    ['mail me@example.com?token=1', 'mail me@example.com?token=1'],
    ['https://example.com/%E0%A4%A?%E0%A4%A=1', 'https://example.com/%E0%A4%A?%E0%A4%A=1'],
  ])('masks the URL %s as %s', (url, expected) => {
    expect(maskSecrets({ url })).toEqual({ url: expected });
  });

  it('keeps empty and null values readable: there is no secret in them', () => {
    expect(maskSecrets({ password: '', token: null })).toEqual({ password: '', token: null });
  });
});

/** Each by the rules of its place: the configuration, and how it is shown. */
const PLACED: [string, Record<string, Json>, Record<string, Json>][] = [
  [
    'headers',
    { headers: { 'X-Auth-Key': 'a', 'X-Session-Id': 'b', key: 'c', value: 'd', 'Idempotency-Key': 'e' } },
    {
      headers: { 'X-Auth-Key': '***', 'X-Session-Id': '***', key: '***', value: 'd', 'Idempotency-Key': 'e' },
    },
  ],
  [
    'headers as a list of pairs',
    {
      headers: [
        { key: 'X-Auth', value: 'a' },
        { name: 'Accept', value: 'b' },
      ],
    },
    {
      headers: [
        { key: 'X-Auth', value: '***' },
        { name: 'Accept', value: 'b' },
      ],
    },
  ],
  [
    'parameters',
    { query: { key: 'a', value: 'b', code: ['c', 'd'], pin: 1234, page: 2, 'X-Amz-Signature': 'e' } },
    {
      query: { key: '***', value: 'b', code: ['***', '***'], pin: '***', page: 2, 'X-Amz-Signature': '***' },
    },
  ],
  [
    'parameters of a URL',
    { url: 'https://h/a?code=a&sig=b&page=2&sort_key=c&session=d&X-Amz-Signature=e;jsessionid=f#auth=g' },
    {
      url: 'https://h/a?code=***&sig=***&page=2&sort_key=c&session=***&X-Amz-Signature=***;jsessionid=***#auth=***',
    },
  ],
  [
    'an ordinary body',
    {
      body: { key: 'product', value: 1, code: 'DE', session: 's', signature: 'Yours', headers: { key: 'a' } },
    },
    {
      body: { key: 'product', value: 1, code: 'DE', session: 's', signature: 'Yours', headers: { key: 'a' } },
    },
  ],
  [
    'a body with a pin and a pass',
    { body: { pin: '1234', pass: 'a', nested: [{ pass: 3, pin: 99, passed: true, pins: ['b'] }] } },
    { body: { pin: '***', pass: '***', nested: [{ pass: 3, pin: '***', passed: true, pins: ['b'] }] } },
  ],
  [
    'credentials in a body',
    {
      body: { auth: { type: 'custom', user: 'ann', pass: 'a', key: 'b', value: 'c', oauth: { code: 'd' } } },
    },
    {
      body: {
        auth: { type: 'custom', user: 'ann', pass: '***', key: '***', value: 'c', oauth: { code: '***' } },
      },
    },
  ],
  [
    'credentials as a list of pairs',
    { body: { auth: [{ key: 'username', value: 'ann' }, { key: 'key', value: 'a' }, 'b'] } },
    { body: { auth: [{ key: 'username', value: 'ann' }, { key: 'key', value: '***' }, '***'] } },
  ],
  ['a way to authenticate', { body: { auth: 'basic' } }, { body: { auth: 'basic' } }],
  ['credentials as text', { body: { auth: 'a' } }, { body: { auth: '***' } }],
  [
    'pairs in a list of secrets',
    {
      secrets: [
        { name: 'a', value: 'b' },
        { name: 'c', value: 'd' },
      ],
    },
    {
      secrets: [
        { name: '***', value: '***' },
        { name: '***', value: '***' },
      ],
    },
  ],
  [
    'the record of a request',
    { request: { jobConfiguration: { headers: { 'X-Auth': 'a' }, body: { key: 'b' } } } },
    { request: { jobConfiguration: { headers: { 'X-Auth': '***' }, body: { key: 'b' } } } },
  ],
];

describe.each(PLACED)('%s', (_, configuration, shown) => {
  it('is masked by the rules of its place', () => {
    expect(maskSecrets(configuration)).toEqual(shown);
  });

  it('comes back whole from its view', () => {
    expect(keepMasked(configuration, shown)).toEqual(configuration);
    expect(maskedPaths(configuration)).toEqual([]);
  });

  it('is at fault wherever a mask has nothing behind it', () => {
    const masks = [...JSON.stringify(shown).matchAll(/"[^"]*\*\*\*[^"]*"/g)];
    expect(maskedPaths(shown)).toHaveLength(masks.length);
  });
});

describe('keepMasked', () => {
  it('restores everything when the masked view comes back', () => {
    expect(keepMasked(stored, masked)).toEqual(stored);
  });

  it('takes new secrets and keeps the ones that are still masked', () => {
    const incoming = { ...masked, headers: { 'X-Api-Key': 'new', Authorization: '***' } };
    expect(keepMasked(stored, incoming).headers).toEqual({ 'X-Api-Key': 'new', Authorization: 'Bearer t' });
  });

  it('finds pairs by their names when the list was reordered', () => {
    const parameters = [
      { name: 'access-token', value: '***' },
      { name: 'region', value: 'us' },
    ];
    expect(keepMasked(stored, { parameters }).parameters).toEqual([
      { name: 'access-token', value: 'tok' },
      { name: 'region', value: 'us' },
    ]);
  });

  it('restores URL parts after the visible parts have changed', () => {
    const url = 'https://robot:***@api.example.com/other?page=3&api_key=***';
    expect(keepMasked(stored, { url })).toEqual({
      url: 'https://robot:hunter2@api.example.com/other?page=3&api_key=k-1',
    });
  });

  it.each<[string, string]>([
    ['a host', 'https://api.example.com.evil.test/sync'],
    ['a port', 'https://api.example.com:8443/sync'],
    ['a scheme', 'http://api.example.com/sync'],
    ['what a client takes for the host', 'https://evil.test\\@api.example.com/sync'],
    ['a lax spelling', 'https:evil.test'],
    ['a reference', '${{ secrets.MINE }}'],
    ['a reference in the host', 'https://${{ secrets.MINE }}/sync'],
    ['a reference before the host', 'https://${{ secrets.MINE }}@api.example.com/sync'],
    ['a URL with a mask', 'https://robot:***@evil.test/?api_key=***'],
  ])('keeps no secret that a new URL would lead away by %s', (_, url) => {
    expect(keepMasked(stored, { ...masked, url })).toEqual({ ...masked, url });
    const fallen = { ...masked, fallbackUrl: url };
    expect(keepMasked(stored, fallen)).toEqual(fallen);
    const hooked = { body: { hooks: [url], token: '***' } };
    const kept = { body: { hooks: ['https://api.example.com/hook'], token: 't' } };
    expect(keepMasked(kept, hooked)).toEqual(
      url.startsWith('$') ? { body: { ...hooked.body, token: 't' } } : hooked,
    );
  });

  it('keeps secrets where the host is a reference that stays', () => {
    const before = { url: 'https://${{ secrets.HOST }}/a?token=t', headers: { token: 'h' } };
    const after = { url: 'https://${{ secrets.HOST }}/b?token=***', headers: { token: '***' } };
    expect(keepMasked(before, after)).toEqual({ ...before, url: 'https://${{ secrets.HOST }}/b?token=t' });
    expect(keepMasked(before, { ...after, url: 'https://${{ secrets.MINE }}/b' }).headers).toEqual(
      after.headers,
    );
  });

  it('leaves three asterisks alone where no secret belongs', () => {
    expect(keepMasked({ note: 'hello' }, { note: '***' })).toEqual({ note: '***' });
  });

  it('keeps a mask that has nothing behind it, so that it can be refused', () => {
    expect(keepMasked({ headers: {} }, { headers: { token: '***' } })).toEqual({ headers: { token: '***' } });
  });
});

describe('maskedPaths', () => {
  it.each<[string, Record<string, Json>, string[]]>([
    ['a header', { headers: { token: '***' } }, ['headers.token']],
    ['a list', { secrets: ['a', '***'] }, ['secrets.1']],
    ['a pair', { parameters: [{ name: 'api-key', value: '***' }] }, ['parameters.0.value']],
    ['URL parts', { url: 'https://u:***@h/', other: 'https://h/?token=***' }, ['url', 'other']],
    ['nothing', { headers: { token: 'real' }, note: '***', url: 'https://h/?q=***' }, []],
  ])('names the places of masks in %s', (_, configuration, expected) => {
    expect(maskedPaths(configuration)).toEqual(expected);
  });
});
