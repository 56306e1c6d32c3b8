import { keptSecret } from './kept-secret.js';
import type { Settings } from './settings.js';

/** The HS256 secret: JWT_SECRET, else the one kept in the data directory (made on first use). */
export function jwtSecret(settings: Pick<Settings, 'jwt' | 'dataDir'>): string {
  return settings.jwt.secret ?? keptSecret(settings.dataDir, 'jwt-secret');
}

/** The master key that stored secrets are encrypted with, 32 bytes: SECRETS_KEY, else the kept one. */
export function secretsKey(settings: Pick<Settings, 'secretsKey' | 'dataDir'>): Buffer {
  return settings.secretsKey ?? Buffer.from(keptSecret(settings.dataDir, 'secrets-key'), 'base64');
}
