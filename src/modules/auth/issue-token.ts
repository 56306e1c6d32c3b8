import jwt from 'jsonwebtoken';
import type { JwtSettings } from '../../config/settings.js';
import type { Principal } from './principal.js';

export interface TokenRequest extends Principal {
  /** Seconds from now on. */
  readonly expiresInSeconds: number;
}

/**
 * A signed HS256 bearer token.
 * @param secret the one that the API verifies with (`jwtSecret(settings)`)
 * @param stamp issuer and audience, where the API asks for them
 */
export function issueToken(
  { subject, role, projects, expiresInSeconds }: TokenRequest,
  secret: string,
  { issuer, audience }: Pick<JwtSettings, 'issuer' | 'audience'>,
): string {
  return jwt.sign(projects === null ? { role } : { role, projects }, secret, {
    algorithm: 'HS256',
    subject,
    expiresIn: expiresInSeconds,
    ...(issuer === null ? {} : { issuer }),
    ...(audience === null ? {} : { audience }),
  });
}
