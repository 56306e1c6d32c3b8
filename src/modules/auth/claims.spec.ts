import { principalFromClaims } from './claims.js';

describe('principalFromClaims', () => {
  it.each<[string, unknown, string]>([
    ['no claims', 'text', 'token_invalid'],
    ['a list', [], 'token_invalid'],
    ['a blank sub', { sub: ' ', exp: 1 }, 'token_invalid'],
    ['an exp that is no number', { sub: 'a', exp: 'soon' }, 'token_invalid'],
    ['projects that are not all texts', { sub: 'a', exp: 1, projects: ['a', 1] }, 'token_invalid'],
    ['projects that are no list', { sub: 'a', exp: 1, projects: 'a' }, 'token_invalid'],
    ['a sub with U+0000', { sub: 'a\0b', exp: 1 }, 'token_invalid'],
    ['a sub with half of a character', { sub: 'a\ud800', exp: 1 }, 'token_invalid'],
    ['a sub that is too long', { sub: 'a'.repeat(256), exp: 1 }, 'token_invalid'],
    ['a project with U+0000', { sub: 'a', exp: 1, projects: ['b', 'a\0b'] }, 'token_invalid'],
    ['a project with half of a character', { sub: 'a', exp: 1, projects: ['\udc00'] }, 'token_invalid'],
    ['a project that is too long', { sub: 'a', exp: 1, projects: ['a'.repeat(201)] }, 'token_invalid'],
    ['a project without a name', { sub: 'a', exp: 1, projects: [''] }, 'token_invalid'],
    ['only unknown roles', { sub: 'a', exp: 1, roles: ['x'] }, 'role_unknown'],
  ])('refuses %s', (_what, claims, code) => {
    expect(() => principalFromClaims(claims)).toThrow(expect.objectContaining({ code }));
  });

  it('takes the longest names', () => {
    const claims = { sub: 'a'.repeat(255), exp: 1, projects: ['b'.repeat(200)] };
    expect(principalFromClaims(claims)).toMatchObject({ subject: claims.sub, projects: claims.projects });
  });

  it('names the claim and what would mend it', () => {
    expect(() => principalFromClaims({ sub: 'a', exp: 1, projects: ['b', 'a\0b'] })).toThrow(
      'The token is not valid: the claim "projects.1" must not contain the character U+0000.',
    );
  });

  it('takes a null role as none', () => {
    expect(principalFromClaims({ sub: 'a', exp: 1, role: null, projects: null })).toEqual({
      subject: 'a',
      role: 'operator',
      projects: null,
    });
  });
});
