import { principalFromClaims } from './claims.js';

describe('principalFromClaims', () => {
  it.each<[string, unknown, string]>([
    ['no claims', 'text', 'token_invalid'],
    ['a list', [], 'token_invalid'],
    ['a blank sub', { sub: ' ', exp: 1 }, 'token_invalid'],
    ['an exp that is no number', { sub: 'a', exp: 'soon' }, 'token_invalid'],
    ['projects that are not all texts', { sub: 'a', exp: 1, projects: ['a', 1] }, 'token_invalid'],
    ['only unknown roles', { sub: 'a', exp: 1, roles: ['x'] }, 'role_unknown'],
  ])('refuses %s', (_what, claims, code) => {
    expect(() => principalFromClaims(claims)).toThrow(expect.objectContaining({ code }));
  });

  it('takes a null role as none', () => {
    expect(principalFromClaims({ sub: 'a', exp: 1, role: null, projects: null })).toEqual({
      subject: 'a',
      role: 'operator',
      projects: null,
    });
  });
});
