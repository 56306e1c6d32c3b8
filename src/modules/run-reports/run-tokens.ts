import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { isIdentifier } from '../../domain/identifier.js';
import { AuthenticationError, authenticationErrorFrom } from '../auth/authentication-error.js';

/** What a run token says. */
export interface RunClaim {
  runId: string;
  attempt: number;
  /** A worker gave it to the endpoint that it called: the attempt had started then. */
  started: boolean;
  /** When it expires; of a started attempt, when that attempt's time is over. */
  expiresAt: Date;
}

/** Neither of a bearer token of the API: nobody takes the one for the other. */
const AUDIENCE = 'carillon:run';
const TYPE = 'run+jwt';
const KEY_PURPOSE = 'carillon run tokens v1';
const KEY_BYTES = 32;
/** Seconds that the clocks of two processes may differ. */
const CLOCK_TOLERANCE_SECONDS = 5;

const HEADER = encoded({ alg: 'HS256', typ: TYPE });

/**
 * Tokens that let the endpoint of a run report on one attempt of it. Their key is derived from the master key, which
 * every process over one database has: the worker that issues a token need not know how people are authenticated.
 */
export class RunTokens {
  private readonly keys: readonly [KeyObject, ...KeyObject[]];

  /** @param previous older master keys: tokens that were signed under them hold until they expire */
  constructor(masterKey: Buffer, previous: readonly Buffer[] = []) {
    this.keys = [derived(masterKey), ...previous.map(derived)];
  }

  /** Signed by hand, since it is made for every call: HS256 over header and claims (RFC 7515). */
  issue({ runId, attempt, started, expiresAt }: RunClaim): string {
    const claims = {
      sub: runId,
      attempt,
      started,
      aud: AUDIENCE,
      // To the millisecond, which RFC 7519 allows: it is the end of the attempt until its start is on record.
      exp: expiresAt.getTime() / 1000,
    };
    const content = `${HEADER}.${encoded(claims)}`;
    return `${content}.${createHmac('sha256', this.keys[0]).update(content).digest('base64url')}`;
  }

  /** @throws AuthenticationError for everything but a valid run token */
  verify(token: string): RunClaim {
    let refusal: AuthenticationError | null = null;
    for (const key of this.keys) {
      try {
        const { header, payload } = jwt.verify(token, key, {
          algorithms: ['HS256'],
          audience: AUDIENCE,
          clockTolerance: CLOCK_TOLERANCE_SECONDS,
          complete: true,
        });
        if (header.typ === TYPE) return claimOf(payload);
        refusal = notARunToken();
      } catch (error) {
        refusal ??= authenticationErrorFrom(error);
      }
    }
    throw refusal ?? notARunToken();
  }
}

function claimOf(payload: string | jwt.JwtPayload): RunClaim {
  if (typeof payload === 'string') throw notARunToken();
  const { sub, attempt, started, exp } = payload as Record<string, unknown>;
  if (typeof sub !== 'string' || !isIdentifier(sub) || typeof attempt !== 'number' || typeof exp !== 'number')
    throw notARunToken();
  return { runId: sub, attempt, started: started === true, expiresAt: new Date(Math.round(exp * 1000)) };
}

function derived(masterKey: Buffer): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', masterKey, '', KEY_PURPOSE, KEY_BYTES)));
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function notARunToken(): AuthenticationError {
  return new AuthenticationError('token_invalid', 'The token is not valid: it is no run token.');
}
