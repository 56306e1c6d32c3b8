import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { loadSettings } from './load-settings.js';
import { readSettings } from './read-settings.js';

describe('loadSettings', () => {
  let cwd: string;

  beforeEach(() => {
    cwd = mkdtempSync(join(tmpdir(), 'carillon-env-'));
  });

  afterEach(() => {
    rmSync(cwd, { recursive: true, force: true });
  });

  it('reads the environment where there is no .env', () => {
    expect(loadSettings({ PORT: '4000' }, cwd).port).toBe(4000);
  });

  it('reads .env under the environment', () => {
    writeFileSync(join(cwd, '.env'), 'PORT=4000\nROLE=worker\n');
    const settings = loadSettings({ PORT: '5000' }, cwd);
    expect([settings.port, settings.role]).toEqual([5000, 'worker']);
  });
});

describe('.env.example', () => {
  const text = readFileSync('.env.example', 'utf8');

  it('changes nothing as it stands', () => {
    expect(readSettings(parseEnv(text), '/srv')).toEqual(readSettings({}, '/srv'));
  });

  it('shows the true defaults', () => {
    const uncommented = text.replace(/^#([A-Z_]+=)/gm, '$1');
    const examples = ['DATABASE_URL', 'JWT_JWKS_URL'];
    const shown = Object.entries(parseEnv(uncommented)).filter(([name]) => !examples.includes(name));
    expect(shown.length).toBeGreaterThan(15);
    expect(readSettings(Object.fromEntries(shown), '/srv')).toEqual(readSettings({}, '/srv'));
  });
});
