import { captureBody } from './response-body.js';

const capture = (text: string | Buffer, contentType: string | null, truncated = false, isEncoded = false) =>
  captureBody(Buffer.from(text as string), contentType, truncated, isEncoded);

describe('captureBody', () => {
  it.each([
    ['application/json', '{"a":[1,null]}', { a: [1, null] }],
    ['application/json; charset=utf-8', '"text"', 'text'],
    ['Application/Problem+JSON', '{"a":1}', { a: 1 }],
    ['text/json', '1', 1],
    ['application/json', '{"emoji":"\\ud83d\\ude00"}', { emoji: '😀' }],
  ])('parses %s', (contentType, text, body) => {
    expect(capture(text, contentType)).toEqual({ body });
  });

  it.each([
    ['JSON that is broken', 'application/json', '{"a":'],
    ['JSON with an escaped NUL', 'application/json', '{"a":"\\u0000"}'],
    ['JSON with half a surrogate pair', 'application/json', '{"a":"\\ud83d"}'],
    ['JSON nested without end', 'application/json', '['.repeat(100_000)],
    ['JSON nested too deep', 'application/json', '['.repeat(201) + ']'.repeat(201)],
    ['plain text', 'text/plain', 'käse ✓'],
    ['XML', 'application/xml', '<a/>'],
    ['a form', 'application/x-www-form-urlencoded', 'a=1'],
    ['text without a type', null, 'hello'],
  ])('keeps %s as text', (_case, contentType, text) => {
    expect(capture(text, contentType)).toEqual({ body: text });
  });

  it('parses JSON whose brackets stand in strings', () => {
    const text = JSON.stringify({ a: '[{"\\'.repeat(1000) });
    expect(capture(text, 'application/json').body).toEqual(JSON.parse(text));
  });

  it('parses JSON nested 200 deep', () => {
    const text = '['.repeat(200) + ']'.repeat(200);
    expect(capture(text, 'application/json').body).toEqual(JSON.parse(text));
  });

  it('reads the charset that the type names', () => {
    expect(capture(Buffer.from([0x6b, 0xe4, 0x73, 0x65]), 'text/plain; charset="ISO-8859-1"')).toEqual({
      body: 'käse',
    });
  });

  it.each([
    ['bytes that are not text in their charset', 'text/plain', Buffer.from([0xff, 0xfe, 0x61])],
    ['text with NUL', 'text/plain', Buffer.from('a\0b')],
    ['a charset that nobody knows', 'text/plain; charset=x-none', Buffer.from('abc')],
    ['an image', 'image/png', Buffer.from('abc')],
    ['an octet stream that could be text', 'application/octet-stream', Buffer.from('abc')],
  ])('keeps %s as base64', (_case, contentType, bytes) => {
    expect(capture(bytes, contentType)).toEqual({ body: bytes.toString('base64'), encoding: 'base64' });
  });

  it('keeps a compressed body as base64, whatever its type', () => {
    expect(capture('abc', 'text/plain', false, true)).toEqual({ body: 'YWJj', encoding: 'base64' });
  });

  it('keeps cut JSON as text', () => {
    expect(capture('[1,2]', 'application/json', true)).toEqual({ body: '[1,2]' });
  });

  it('leaves out a character that the cut has split', () => {
    const bytes = Buffer.from('ab✓').subarray(0, 4);
    expect(capture(bytes, 'text/plain', true)).toEqual({ body: 'ab' });
  });

  it('has no body for no bytes', () => {
    expect(capture('', 'application/json')).toEqual({ body: null });
  });

  it('reads one body after a broken one', () => {
    expect(capture(Buffer.from([0xe2, 0x9c]), 'text/plain').encoding).toBe('base64');
    expect(capture('fine', 'text/plain')).toEqual({ body: 'fine' });
  });
});
