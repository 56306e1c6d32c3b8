import { randomBytes } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { type RunClaim, RunTokens } from './run-tokens.js';

const [key, older] = [randomBytes(32), randomBytes(32)];
const claim: RunClaim = {
  runId: '01986f41-2a7e-7d05-8a4b-1c2d3e4f5a6b',
  attempt: 2,
  started: true,
  expiresAt: new Date(Math.ceil(Date.now() / 1000) * 1000 + 60_123),
};

describe('RunTokens', () => {
  const tokens = new RunTokens(key, [older]);

  it('issues what it verifies, a JWT of a type of its own', () => {
    const token = tokens.issue(claim);
    expect(tokens.verify(token)).toEqual(claim);
    expect(jwt.decode(token, { complete: true })?.header).toEqual({ alg: 'HS256', typ: 'run+jwt' });
  });

  it('takes tokens of the master key before', () => {
    expect(tokens.verify(new RunTokens(older).issue(claim))).toEqual(claim);
  });

  it.each<[string, () => string, string]>([
    ['another master key', () => new RunTokens(randomBytes(32)).issue(claim), 'token_invalid'],
    [
      'the master key itself',
      () => jwt.sign({ attempt: 2, aud: 'carillon:run' }, key, { subject: claim.runId }),
      'token_invalid',
    ],
    ['nobody', () => `${tokens.issue(claim).split('.').slice(0, 2).join('.')}.`, 'token_invalid'],
    ['no token', () => 'nonsense', 'token_invalid'],
    ['the past', () => tokens.issue({ ...claim, expiresAt: new Date(Date.now() - 60_000) }), 'token_expired'],
  ])('refuses a token by %s', (_by, token, code) => {
    expect(() => tokens.verify(token())).toThrow(expect.objectContaining({ code }));
  });
});
