import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { readSettings } from '../../src/config/read-settings.js';
import { Keyring } from '../../src/modules/secrets/envelope.js';
import { checkSecretsKey } from '../../src/roles/check-secrets-key.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { runTypeScript } from '../support/run-typescript.js';

const SOURCE = join(import.meta.dirname, '..', '..', 'src');
const BINDING = { scope: 'secret', name: 'A' };
const [oldKey, newKey] = [randomBytes(32), randomBytes(32)];
const base64 = (key: Buffer): string => key.toString('base64');

let database: TestDatabase;
let sql: pg.Client;
let dataDir: string;

beforeAll(async () => {
  database = await createTestDatabase();
  dataDir = await mkdtemp(join(tmpdir(), 'carillon-key-'));
  sql = new pg.Client({ connectionString: database.url });
  await sql.connect();
  await sql.query(
    `INSERT INTO secrets (name, envelope, created_by, updated_by) VALUES ('A', $1, 'me', 'me')`,
    [new Keyring(oldKey).seal('the value', BINDING)],
  );
});
afterAll(async () => {
  await sql.end();
  await database.drop();
  await rm(dataDir, { recursive: true, force: true });
});

/** Runs one of the commands of the product as a process of its own, to its end. */
async function run(file: string, env: Record<string, string>) {
  const child = runTypeScript(join(SOURCE, file), {
    cwd: dataDir,
    env: { DATABASE_URL: database.url, DATA_DIR: dataDir, JWT_SECRET: 'x'.repeat(32), PORT: '0', ...env },
  });
  const { code } = await child.ended;
  return { code, out: child.lines.join('\n'), err: child.errorLines.join('\n') };
}

/** The check that every process makes at its start. */
const check = (key: Buffer | null, previous?: Buffer): Promise<void> =>
  checkSecretsKey(
    readSettings(
      {
        DATABASE_URL: database.url,
        DATA_DIR: dataDir,
        ...(key ? { SECRETS_KEY: base64(key) } : {}),
        ...(previous ? { SECRETS_KEY_PREVIOUS: base64(previous) } : {}),
      },
      dataDir,
    ),
    database.url,
  );

// One story, in its order.
describe('one master key for all processes over a database', () => {
  it('is refused where it does not open the secrets of a database that is older than the check', async () => {
    await expect(check(newKey)).rejects.toThrow(/SECRETS_KEY: another key; secrets in this database/);
    expect((await sql.query('SELECT FROM secrets_key_check')).rowCount).toBe(0);
  });

  it('is marked by the first process; all with the same key may start, at once, too', async () => {
    await Promise.all([check(oldKey), check(oldKey), check(oldKey)]);
    expect((await sql.query('SELECT FROM secrets_key_check')).rowCount).toBe(1);
    await check(oldKey);
  });

  it('stops the boot of a process with another key, and says what to do', async () => {
    const { code, err } = await run('main.ts', { SECRETS_KEY: base64(newKey) });
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('SECRETS_KEY: another key') });
    expect(err).toContain('the key that every process over this database has');
    expect(err).not.toContain(base64(newKey));
    expect(err).not.toMatch(/^ +at /m);
  });

  it('names the file of a key that was made by itself', async () => {
    await expect(check(null)).rejects.toThrow(`${dataDir}/secrets-key`);
  });

  it('may be new while the old one is still known', async () => {
    await check(newKey, oldKey);
  });
});

describe('npm run secrets:rotate', () => {
  it('says which keys it needs, and where the present one is', async () => {
    const { code, err } = await run('rotate-secrets.ts', { SECRETS_KEY: base64(newKey) });
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('SECRETS_KEY_PREVIOUS') });
  });

  it('changes nothing with a wrong old key', async () => {
    const keys = { SECRETS_KEY: base64(newKey), SECRETS_KEY_PREVIOUS: base64(randomBytes(32)) };
    const { code, err } = await run('rotate-secrets.ts', keys);
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('were not rotated') });
    const { rows } = await sql.query<{ envelope: string }>('SELECT envelope FROM secrets');
    expect(new Keyring(oldKey).open(rows[0]?.envelope ?? '', BINDING)).toBe('the value');
  });

  it('puts all under the new key, after which the old one may not start', async () => {
    const keys = { SECRETS_KEY: base64(newKey), SECRETS_KEY_PREVIOUS: base64(oldKey) };
    const { code, out } = await run('rotate-secrets.ts', keys);
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('1 secrets, 0 jobs, 0 versions') });
    const { rows } = await sql.query<{ envelope: string }>('SELECT envelope FROM secrets');
    expect(new Keyring(newKey).open(rows[0]?.envelope ?? '', BINDING)).toBe('the value');
    await check(newKey);
    await expect(check(oldKey)).rejects.toThrow('sealed under a different one');
  });
});
