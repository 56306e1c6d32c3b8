import { Redactor } from './redaction.js';

const SECRET = 'pa$$/w+rd "quoted" é';

describe('Redactor', () => {
  const redactor = new Redactor([SECRET, 'abc', '4711']);

  it.each([
    ['plain', `x ${SECRET} y`],
    ['URL-encoded', `x ${encodeURIComponent(SECRET)} y`],
    ['form-encoded', `x ${encodeURIComponent(SECRET).replaceAll('%20', '+')} y`],
    ['in JSON text', JSON.stringify({ a: SECRET })],
    ['base64', Buffer.from(SECRET).toString('base64')],
    ['base64url', Buffer.from(SECRET).toString('base64url')],
    ...['', 'u:', 'us:', 'use:'].map((user): [string, string] => [
      `base64 after "${user}"`,
      Buffer.from(`${user}${SECRET}${user}`).toString('base64'),
    ]),
  ])('finds it %s', (_, text) => {
    const kept = redactor.text(text);
    expect(kept).toContain('***');
    expect(kept.length).toBeLessThan(text.length);
    const decoded = Buffer.from(kept.replaceAll('***', ''), 'base64').toString();
    expect(decoded).not.toContain('w+rd');
    expect(kept).not.toContain('w+rd');
  });

  it('looks into keys, lists and numbers, and keeps the rest', () => {
    expect(redactor.json({ [SECRET]: [1, 4711, `${SECRET}!`], ok: true, none: null })).toEqual({
      '***': [1, '***', '***!'],
      ok: true,
      none: null,
    });
  });

  it('takes a very short secret out only where it is the whole text', () => {
    expect(redactor.text('abc')).toBe('***');
    expect(redactor.text('abcdef')).toBe('abcdef');
  });

  it('goes through every part of an outcome', () => {
    const outcome = redactor.outcome({
      kind: 'failed',
      failureKind: 'error',
      error: { code: 'no', message: `not ${SECRET}`, details: { said: SECRET } },
      retryable: true,
      output: [SECRET],
    });
    expect(outcome).toEqual({
      kind: 'failed',
      failureKind: 'error',
      error: { code: 'no', message: 'not ***', details: { said: '***' } },
      retryable: true,
      output: ['***'],
    });
    expect(redactor.outcome({ kind: 'cancelled', reason: SECRET })).toEqual({
      kind: 'cancelled',
      reason: '***',
    });
  });
});
