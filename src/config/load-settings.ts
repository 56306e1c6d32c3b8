import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { readSettings } from './read-settings.js';
import type { Settings } from './settings.js';

/**
 * The settings of this process: its environment over the file `.env` in the working directory, where there
 * is one.
 * @throws ConfigurationError naming every fault
 */
export function loadSettings(env: NodeJS.ProcessEnv = process.env, cwd: string = process.cwd()): Settings {
  const file = join(cwd, '.env');
  const fromFile = existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {};
  return readSettings({ ...fromFile, ...env }, cwd);
}
