import { createSecretKey, type KeyObject } from 'node:crypto';
import jwt, { type Algorithm } from 'jsonwebtoken';
import type { JwksKeys } from './jwks-keys.js';

/** Signatures that a JWKS may use. HS256 is not among them: a public key must never serve as a secret. */
const JWKS_ALGORITHMS: readonly Algorithm[] = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
];

/** How tokens are verified: which signatures count, and which key belongs to a token. */
export interface TokenVerification {
  readonly algorithms: readonly Algorithm[];
  /** @throws AuthenticationError (401) without such a key, DomainError (503) when that cannot be known */
  keyFor(token: string): KeyObject | Promise<KeyObject>;
}

/** HS256 with one secret, and nothing else. */
export function secretVerification(secret: string): TokenVerification {
  // Made once: handed a string, the library would parse it as a key on every request (0.3 ms each).
  const key = createSecretKey(Buffer.from(secret));
  return { algorithms: ['HS256'], keyFor: () => key };
}

/** The signatures of an identity provider, with the key that the token's header names. */
export function jwksVerification(keys: JwksKeys): TokenVerification {
  return {
    algorithms: JWKS_ALGORITHMS,
    keyFor: (token) => {
      const header = jwt.decode(token, { complete: true })?.header;
      return keys.keyFor(header?.kid, header?.alg ?? 'none');
    },
  };
}
