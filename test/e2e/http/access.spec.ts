import { createHmac } from 'node:crypto';
import { Controller, Delete, Get, HttpCode, Post } from '@nestjs/common';
import jwt from 'jsonwebtoken';
import { AdminOnly } from '../../../src/modules/auth/admin-only.js';
import { CurrentPrincipal } from '../../../src/modules/auth/current-principal.decorator.js';
import type { Principal } from '../../../src/modules/auth/principal.js';
import { Public } from '../../../src/modules/auth/public.decorator.js';
import { ReadsOnly } from '../../../src/modules/auth/reads-only.decorator.js';
import { bearer, SECRET, startApplication, type Application } from './application.js';

@Controller('things')
class ThingsController {
  @Get()
  read(@CurrentPrincipal() principal: Principal): Principal {
    return principal;
  }

  @Post()
  write(): { written: boolean } {
    return { written: true };
  }

  @Post('preview')
  @ReadsOnly()
  @HttpCode(200)
  preview(): { previewed: boolean } {
    return { previewed: true };
  }

  @Delete()
  @AdminOnly()
  clear(): { cleared: boolean } {
    return { cleared: true };
  }

  @Get('admin')
  @AdminOnly()
  admin(): { secret: boolean } {
    return { secret: true };
  }

  @Get('open')
  @Public()
  open(): { open: boolean } {
    return { open: true };
  }
}

const HOUR = 3600;
const now = (): number => Math.floor(Date.now() / 1000);

/** A token with exactly these claims; nothing is added. */
function token(claims: object, secret = SECRET, algorithm: jwt.Algorithm = 'HS256'): string {
  return jwt.sign(claims, secret, { algorithm, noTimestamp: true });
}

/** A token with a header that a library would refuse to write. */
function forged(header: object, claims: object, sign: (input: string) => string): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const input = `${part(header)}.${part(claims)}`;
  return `${input}.${sign(input)}`;
}

describe('access with HS256', () => {
  let application: Application;

  beforeAll(async () => {
    application = await startApplication({ controllers: [ThingsController] });
  });

  afterAll(() => application.close());

  const call = (path: string, authorization?: string, method = 'GET'): Promise<Response> =>
    fetch(`${application.url}${path}`, { method, headers: authorization ? { authorization } : {} });

  it('answers 401 without a token, with a plain challenge', async () => {
    const response = await call('/things');
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="carillon"');
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toEqual({
      type: 'urn:carillon:error:token_missing',
      title: 'Unauthorized',
      status: 401,
      detail: 'A bearer token is needed: send the header "Authorization: Bearer <token>".',
      instance: '/things',
      code: 'token_missing',
      traceId: response.headers.get('x-request-id'),
    });
  });

  it.each<[string, () => string, string]>([
    ['another scheme', () => 'Basic dTpw', 'token_missing'],
    ['no JWT', () => 'Bearer abc', 'token_invalid'],
    [
      'a wrong secret',
      () => `Bearer ${token({ sub: 'a', exp: now() + HOUR }, `${SECRET}!`)}`,
      'token_invalid',
    ],
    ['HS384', () => `Bearer ${token({ sub: 'a', exp: now() + HOUR }, SECRET, 'HS384')}`, 'token_invalid'],
    ['an expired token', () => `Bearer ${token({ sub: 'a', exp: now() - 60 })}`, 'token_expired'],
    [
      'a token from the future',
      () => `Bearer ${token({ sub: 'a', exp: now() + HOUR, nbf: now() + 600 })}`,
      'token_not_yet_valid',
    ],
    ['no exp', () => `Bearer ${token({ sub: 'a' })}`, 'token_invalid'],
    ['no sub', () => `Bearer ${token({ exp: now() + HOUR })}`, 'token_invalid'],
    [
      'a sub that is no text',
      () => `Bearer ${forged({ alg: 'HS256', typ: 'JWT' }, { sub: 7, exp: now() + HOUR }, hs256)}`,
      'token_invalid',
    ],
    [
      'projects that are no list',
      () => `Bearer ${token({ sub: 'a', exp: now() + HOUR, projects: 'p' })}`,
      'token_invalid',
    ],
    [
      'a sub that no column could hold',
      () => `Bearer ${token({ sub: 'a\0b', role: 'admin', exp: now() + HOUR })}`,
      'token_invalid',
    ],
    [
      'a project that no column could hold',
      () => `Bearer ${token({ sub: 'a', exp: now() + HOUR, projects: ['a\ud800'] })}`,
      'token_invalid',
    ],
    ['an endless sub', () => `Bearer ${token({ sub: 'a'.repeat(256), exp: now() + HOUR })}`, 'token_invalid'],
    [
      'alg none',
      () => `Bearer ${forged({ alg: 'none', typ: 'JWT' }, { sub: 'a', exp: now() + HOUR }, () => '')}`,
      'token_invalid',
    ],
    [
      'alg none with a signature',
      () => `Bearer ${forged({ alg: 'none', typ: 'JWT' }, { sub: 'a', exp: now() + HOUR }, hs256)}`,
      'token_invalid',
    ],
    [
      'a changed claim',
      () => {
        const [header, , signature] = token({ sub: 'a', role: 'viewer', exp: now() + HOUR }).split('.');
        const claims = Buffer.from(JSON.stringify({ sub: 'a', role: 'admin', exp: now() + HOUR })).toString(
          'base64url',
        );
        return `Bearer ${header}.${claims}.${signature}`;
      },
      'token_invalid',
    ],
  ])('answers 401 to %s', async (_what, authorization, code) => {
    const response = await call('/things', authorization());
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ code });
    const challenge = response.headers.get('www-authenticate');
    if (code === 'token_missing') expect(challenge).not.toContain('error=');
    else expect(challenge).toContain('error="invalid_token"');
  });

  it('allows for clocks that are a little apart', async () => {
    const early = `Bearer ${token({ sub: 'a', exp: now() + HOUR, nbf: now() + 4 })}`;
    expect((await call('/things', early)).status).toBe(200);
  });

  it.each<[string, object, object]>([
    ['no role is an operator', {}, { role: 'operator', projects: null }],
    ['a role', { role: 'viewer' }, { role: 'viewer', projects: null }],
    ['the strongest of several', { roles: ['viewer', 'admin', 'pilot'] }, { role: 'admin', projects: null }],
    [
      'role and roles together',
      { role: 'viewer', roles: ['operator'] },
      { role: 'operator', projects: null },
    ],
    ['projects', { projects: ['a', 'b'] }, { role: 'operator', projects: ['a', 'b'] }],
    ['no project at all', { projects: [] }, { role: 'operator', projects: [] }],
  ])('hands the handler the principal: %s', async (_what, claims, principal) => {
    const response = await call('/things', `Bearer ${token({ sub: 'me', exp: now() + HOUR, ...claims })}`);
    expect(await response.json()).toEqual({ subject: 'me', ...principal });
  });

  it.each([
    { role: 'boss' },
    { roles: ['boss', 7] },
    { roles: [] },
    { role: 'ADMIN' },
    { role: { name: 'admin' } },
  ])('grants nothing to the unknown role of %j', async (claims) => {
    const response = await call('/things', `Bearer ${token({ sub: 'me', exp: now() + HOUR, ...claims })}`);
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: 'role_unknown' });
  });

  it('lets everybody in where it is public, even with a bad token', async () => {
    expect((await call('/things/open')).status).toBe(200);
    expect((await call('/things/open', 'Bearer abc')).status).toBe(200);
  });

  it.each([
    ['GET', '/things', 'viewer', 200],
    ['HEAD', '/things', 'viewer', 200],
    ['POST', '/things', 'viewer', 403],
    ['POST', '/things/preview', 'viewer', 200],
    ['POST', '/things', 'operator', 201],
    ['GET', '/things/admin', 'operator', 403],
    ['DELETE', '/things', 'operator', 403],
    ['GET', '/things/admin', 'admin', 200],
    ['DELETE', '/things', 'admin', 200],
    ['DELETE', '/things', 'viewer', 403],
  ] as const)('%s %s as %s is %d', async (method, path, role, status) => {
    expect((await call(path, bearer(role).authorization, method)).status).toBe(status);
  });

  it('says which role is needed', async () => {
    const asViewer = await call('/things', bearer('viewer').authorization, 'POST');
    expect(await asViewer.json()).toMatchObject({
      code: 'role_insufficient',
      detail: 'This needs the role operator; the token has the role viewer.',
    });
    const asOperator = await call('/things/admin', bearer('operator').authorization);
    expect(await asOperator.json()).toMatchObject({
      detail: 'This needs the role admin; the token has the role operator.',
    });
    const changing = await call('/things', bearer('viewer').authorization, 'DELETE');
    expect(await changing.json()).toMatchObject({
      code: 'role_insufficient',
      detail: 'This needs the role admin; the token has the role viewer.',
    });
  });
});

describe('access with HS256, an issuer and an audience', () => {
  let application: Application;

  beforeAll(async () => {
    application = await startApplication({
      controllers: [ThingsController],
      env: { JWT_ISSUER: 'https://idp.example.com', JWT_AUDIENCE: 'carillon' },
    });
  });

  afterAll(() => application.close());

  it.each<[string, object, number]>([
    ['both right', { iss: 'https://idp.example.com', aud: 'carillon' }, 200],
    ['one of several audiences', { iss: 'https://idp.example.com', aud: ['other', 'carillon'] }, 200],
    ['a wrong issuer', { iss: 'https://evil.example.com', aud: 'carillon' }, 401],
    ['a wrong audience', { iss: 'https://idp.example.com', aud: 'other' }, 401],
    ['neither', {}, 401],
  ])('%s: %d', async (_what, claims, status) => {
    const authorization = `Bearer ${token({ sub: 'me', exp: now() + HOUR, ...claims })}`;
    const response = await fetch(`${application.url}/things`, { headers: { authorization } });
    expect(response.status).toBe(status);
    if (status === 401) expect(await response.text()).not.toContain('expected');
  });
});

describe('two applications in one process', () => {
  it('take only their own tokens', async () => {
    const one = await startApplication({ controllers: [ThingsController] });
    const two = await startApplication({
      controllers: [ThingsController],
      env: { JWT_SECRET: 'b'.repeat(40) },
    });
    try {
      const mine = bearer('viewer');
      const theirs = { authorization: `Bearer ${token({ sub: 'x', exp: now() + HOUR }, 'b'.repeat(40))}` };
      const status = async (url: string, headers: Record<string, string>): Promise<number> =>
        (await fetch(`${url}/things`, { headers })).status;
      expect([await status(one.url, mine), await status(one.url, theirs)]).toEqual([200, 401]);
      expect([await status(two.url, mine), await status(two.url, theirs)]).toEqual([401, 200]);
    } finally {
      await one.close();
      await two.close();
    }
  });
});

function hs256(input: string): string {
  return createHmac('sha256', SECRET).update(input).digest('base64url');
}
