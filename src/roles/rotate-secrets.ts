import pg from 'pg';
import { loadSettings } from '../config/load-settings.js';
import { Keyring } from '../modules/secrets/envelope.js';
import { Rotation, type Rotated } from '../modules/secrets/rotation.js';
import { openDatabase } from './database.js';

const say = (text: string): void => void process.stderr.write(`${text}\n`);
const log = { debug: () => undefined, info: () => undefined, warn: say, error: say };

/**
 * Re-wraps everything that is sealed in the configured database from SECRETS_KEY_PREVIOUS to SECRETS_KEY. The
 * embedded database must not be in use; with DATABASE_URL the service may run, if it knows both keys.
 * @returns the exit code: 0 done, 1 not possible
 */
export async function rotateSecrets(): Promise<number> {
  try {
    const settings = loadSettings();
    const { dataDir, secretsKey, secretsKeyPrevious } = settings;
    if (secretsKey === null || secretsKeyPrevious === null) {
      say(
        'Set SECRETS_KEY to the new key (openssl rand -base64 32) and SECRETS_KEY_PREVIOUS to the old one; a key ' +
          `that was made by itself stands in ${dataDir}/secrets-key.`,
      );
      return 1;
    }
    const database = await openDatabase(settings, log);
    try {
      report(await rotateIn(database.url, new Keyring(secretsKey, [secretsKeyPrevious])));
    } finally {
      await database.close();
    }
    return 0;
  } catch (error) {
    say(`The secrets were not rotated: ${(error as Error).message}`);
    return 1;
  }
}

async function rotateIn(url: string, keyring: Keyring): Promise<Rotated> {
  const client = new pg.Client({ connectionString: url, application_name: 'carillon-rotation' });
  await client.connect();
  try {
    return await new Rotation(client, keyring).run();
  } finally {
    await client.end();
  }
}

function report({ secrets, jobs, versions }: Rotated): void {
  process.stdout.write(
    `Now under the new key: ${secrets} secrets, ${jobs} jobs, ${versions} versions of jobs.\n` +
      'Start the service with the new SECRETS_KEY; SECRETS_KEY_PREVIOUS is no longer needed.\n',
  );
}
