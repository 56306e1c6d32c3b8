import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller, Get } from '@nestjs/common';
import jwt, { type JwtPayload } from 'jsonwebtoken';
import { CurrentPrincipal } from '../../../src/modules/auth/current-principal.decorator.js';
import type { Principal } from '../../../src/modules/auth/principal.js';
import { runTypeScript } from '../../support/run-typescript.js';
import { startApplication } from './application.js';

@Controller('who')
class WhoController {
  @Get()
  who(@CurrentPrincipal() principal: Principal): Principal {
    return principal;
  }
}

describe('npm run token', () => {
  let dataDir: string;

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'carillon-token-'));
  });

  afterEach(() => {
    rmSync(dataDir, { recursive: true, force: true });
  });

  async function run(
    args: string[],
    env: Record<string, string | undefined> = {},
  ): Promise<{ code: number | null; out: string; err: string }> {
    const child = runTypeScript(join(process.cwd(), 'src/token.ts'), {
      args,
      cwd: dataDir,
      env: { DATA_DIR: dataDir, JWT_SECRET: undefined, JWT_JWKS_URL: undefined, ...env },
    });
    const { code } = await child.ended;
    return { code, out: child.lines.join('\n'), err: child.errorLines.join('\n') };
  }

  it('prints a token alone, signed with the secret that the data directory keeps', async () => {
    const { code, out, err } = await run([
      '--sub',
      'you',
      '--role',
      'admin',
      '--expires',
      '2d',
      '--projects',
      'a, b',
    ]);
    expect(err).toContain('Authorization: Bearer');
    expect(code).toBe(0);
    const secret = readFileSync(join(dataDir, 'jwt-secret'), 'utf8').trim();
    const claims = jwt.verify(out, secret, { algorithms: ['HS256'] }) as JwtPayload;
    expect(claims).toMatchObject({ sub: 'you', role: 'admin', projects: ['a', 'b'] });
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(2 * 86_400);
  });

  it('makes tokens that the server of the same data directory takes', async () => {
    const env = { JWT_ISSUER: 'me', JWT_AUDIENCE: 'carillon' };
    const { out } = await run(['--sub', 'you'], env);
    const application = await startApplication({
      controllers: [WhoController],
      env: { ...env, JWT_SECRET: '', DATA_DIR: dataDir },
    });
    try {
      const response = await fetch(`${application.url}/who`, { headers: { authorization: `Bearer ${out}` } });
      expect(await response.json()).toEqual({ subject: 'you', role: 'operator', projects: null });
    } finally {
      await application.close();
    }
  });

  it('signs with JWT_SECRET where it is set, also from .env', async () => {
    const secret = 's'.repeat(32);
    writeFileSync(join(dataDir, '.env'), `JWT_SECRET=${secret}\n`);
    const { out } = await run(['--sub', 'you']);
    expect(jwt.verify(out, secret)).toMatchObject({ sub: 'you' });
    expect(readdirSync(dataDir)).toEqual(['.env']);
  });

  it.each([
    [[], '--sub is missing'],
    [['--sub', ' '], '--sub is missing'],
    [['--sub', 'you', '--role', 'boss'], 'viewer, operator, admin'],
    [['--sub', 'you', '--expires', 'soon'], '--expires "soon"'],
    [['--sub', 'you', '--expires', '0h'], '--expires "0h"'],
    [['--sub', 'you', '--expires', '3651d'], '--expires "3651d"'],
    [['--sub', 'you', '--projects', 'a,,b'], '--projects'],
    [['--sub', 'you', '--admin'], '--admin'],
    [['you'], 'you'],
  ])('explains its use for %j and exits 2', async (args, told) => {
    const { code, out, err } = await run(args);
    expect(err).toContain(told);
    expect(err).toContain('Usage: npm run --silent token');
    expect([code, out]).toEqual([2, '']);
  });

  it('says where tokens come from when a JWKS is configured', async () => {
    const { code, out, err } = await run(['--sub', 'you'], { JWT_JWKS_URL: 'https://idp.example.com/keys' });
    expect(err).toContain('identity provider behind https://idp.example.com/keys');
    expect([code, out]).toEqual([1, '']);
  });

  it('names the faults of the configuration', async () => {
    const { code, err } = await run(['--sub', 'you'], { PORT: 'abc' });
    expect(err).toContain('PORT: "abc" was given');
    expect(code).toBe(1);
  });
});
