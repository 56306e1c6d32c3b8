import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { buildSync } from 'esbuild';
import { keptSecret } from './kept-secret.js';
import { jwtSecret, secretsKey } from './secrets.js';

describe('keptSecret', () => {
  let dataDir: string;

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'carillon-secret-'));
  });

  afterEach(() => {
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('makes a secret of 32 bytes once and answers the same one from then on', () => {
    const made = keptSecret(join(dataDir, 'not', 'there', 'yet'), 'jwt-secret');
    expect(Buffer.from(made, 'base64')).toHaveLength(32);
    expect(keptSecret(join(dataDir, 'not', 'there', 'yet'), 'jwt-secret')).toBe(made);
  });

  it('makes different secrets for different names', () => {
    expect(keptSecret(dataDir, 'one')).not.toBe(keptSecret(dataDir, 'two'));
  });

  it('keeps the file to its owner, also one that was opened to others', () => {
    keptSecret(dataDir, 'jwt-secret');
    const path = join(dataDir, 'jwt-secret');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    chmodSync(path, 0o644);
    keptSecret(dataDir, 'jwt-secret');
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('leaves no drafts behind', () => {
    keptSecret(dataDir, 'jwt-secret');
    expect(readdirSync(dataDir)).toEqual(['jwt-secret']);
  });

  it.each(['', 'short', 'x'.repeat(100)])(
    'refuses a damaged file (%j) instead of replacing it',
    (content) => {
      writeFileSync(join(dataDir, 'jwt-secret'), content);
      expect(() => keptSecret(dataDir, 'jwt-secret')).toThrow(/jwt-secret is damaged/);
    },
  );

  it('gives processes that start at once the same secret', async () => {
    const script = join(dataDir, 'starter.cjs');
    buildSync({
      stdin: {
        contents: `import { keptSecret } from './kept-secret.ts';
          // All starters wait for the same instant, so that they really race.
          while (Date.now() < Number(process.argv[3])) { /* spin */ }
          process.stdout.write(keptSecret(process.argv[2], 'jwt-secret'));`,
        resolveDir: resolve('src/config'),
        loader: 'ts',
      },
      bundle: true,
      platform: 'node',
      outfile: script,
      logLevel: 'silent',
    });
    const run = promisify(execFile);
    const target = join(dataDir, 'shared');
    const startAt = String(Date.now() + 700);
    const started = Array.from({ length: 5 }, () => run(process.execPath, [script, target, startAt]));
    const secrets = (await Promise.all(started)).map(({ stdout }) => stdout);
    expect(new Set(secrets)).toEqual(new Set([keptSecret(target, 'jwt-secret')]));
    expect(readdirSync(target)).toEqual(['jwt-secret']);
  });

  it('stands in for JWT_SECRET and SECRETS_KEY, which win where they are set', () => {
    const jwt = { secret: null, jwksUrl: null, issuer: null, audience: null };
    expect(jwtSecret({ jwt, dataDir })).toBe(keptSecret(dataDir, 'jwt-secret'));
    expect(jwtSecret({ jwt: { ...jwt, secret: 'given' }, dataDir })).toBe('given');
    expect(secretsKey({ secretsKey: null, dataDir }).toString('base64')).toBe(
      keptSecret(dataDir, 'secrets-key'),
    );
    const key = Buffer.alloc(32, 1);
    expect(secretsKey({ secretsKey: key, dataDir })).toBe(key);
  });
});
