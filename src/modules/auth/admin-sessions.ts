import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { AuthenticationError, authenticationErrorFrom } from './authentication-error.js';
import type { Principal } from './principal.js';
import type { SignedIn } from './sign-in.js';

/** The longest that a session lasts, however long its token would. */
const LONGEST_SECONDS = 8 * 3_600;
/** Neither of a bearer token nor of a run token: nobody takes the one for the other. */
const AUDIENCE = 'carillon:dashboard';
const TYPE = 'session+jwt';
const KEY_PURPOSE = 'carillon dashboard sessions v1';
const KEY_BYTES = 32;
const ALGORITHM = 'HS256';

/** A session as its browser keeps it. */
export interface OpenSession {
  readonly value: string;
  /** Seconds from now on. */
  readonly lasts: number;
}

/**
 * Sessions of administrators in a browser. What the browser keeps is signed and says everything, so that any replica
 * can read it; it is worth nothing as a token of the API. A session ends with its token, after eight hours at most.
 */
export class AdminSessions {
  private readonly key: KeyObject;

  /**
   * @param masterKey the same in every process over one database
   * @param issuer what tokens are verified by, such as the secret: with another one all sessions end
   */
  constructor(masterKey: Buffer, issuer: string) {
    this.key = createSecretKey(Buffer.from(hkdfSync('sha256', masterKey, issuer, KEY_PURPOSE, KEY_BYTES)));
  }

  /** @param now in milliseconds since 1970 */
  open({ principal, expiresAt }: SignedIn, now: number = Date.now()): OpenSession {
    const seconds = Math.floor((expiresAt.getTime() - now) / 1_000);
    const lasts = Math.max(1, Math.min(seconds, LONGEST_SECONDS));
    const value = jwt.sign({ projects: principal.projects, exp: Math.floor(now / 1_000) + lasts }, this.key, {
      algorithm: ALGORITHM,
      audience: AUDIENCE,
      subject: principal.subject,
      header: { alg: ALGORITHM, typ: TYPE },
    });
    return { value, lasts };
  }

  /** Whose session it is. @throws AuthenticationError for everything but a session that lasts */
  read(value: string): Principal {
    try {
      const { header, payload } = jwt.verify(value, this.key, {
        algorithms: [ALGORITHM],
        audience: AUDIENCE,
        complete: true,
      });
      if (header.typ !== TYPE || typeof payload === 'string' || payload.sub === undefined)
        throw new AuthenticationError('token_invalid', 'This is no session.');
      return {
        subject: payload.sub,
        role: 'admin',
        projects: payload.projects as string[] | null,
      };
    } catch (error) {
      throw authenticationErrorFrom(error);
    }
  }
}
