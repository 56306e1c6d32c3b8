import { randomBytes } from 'node:crypto';
import { ConfigurationVault } from '../../src/modules/secrets/configuration-vault.js';
import { Keyring } from '../../src/modules/secrets/envelope.js';
import { SecretResolver } from '../../src/modules/secrets/secret-resolver.js';
import type { HotDatabase } from '../../src/platform/database/hot-database.js';

/** What gives a worker its secrets, under a key of its own. */
export function secretResolver(database: HotDatabase): SecretResolver {
  const keyring = new Keyring(randomBytes(32));
  return new SecretResolver(database, keyring, new ConfigurationVault(keyring));
}
