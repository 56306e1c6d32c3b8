import pg from 'pg';
import { ConfigurationError } from '../config/configuration-error.js';
import { secretsKey } from '../config/secrets.js';
import type { Settings } from '../config/settings.js';
import { EnvelopeError, Keyring } from '../modules/secrets/envelope.js';
import { requireSameKey } from '../modules/secrets/key-check.js';

/**
 * Refuses a master key that is not the one of the database: all processes over one database need the same.
 * @throws ConfigurationError
 */
export async function checkSecretsKey(settings: Settings, databaseUrl: string): Promise<void> {
  const { secretsKeyPrevious, dataDir } = settings;
  const keyring = new Keyring(secretsKey(settings), secretsKeyPrevious ? [secretsKeyPrevious] : []);
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'carillon-key-check' });
  await client.connect();
  try {
    await requireSameKey(client, keyring);
  } catch (error) {
    if (!(error instanceof EnvelopeError)) throw error;
    const source = settings.secretsKey
      ? 'another key'
      : `none, so the one in ${dataDir}/secrets-key was taken`;
    throw new ConfigurationError([
      {
        variable: 'SECRETS_KEY',
        given: `${source}; secrets in this database are sealed under a different one (${error.message})`,
        allowed:
          'the key that every process over this database has; after a rotation the new one. If it is lost, so is all ' +
          'that was sealed: empty the table secrets_key_check and set the secrets anew',
      },
    ]);
  } finally {
    await client.end();
  }
}
