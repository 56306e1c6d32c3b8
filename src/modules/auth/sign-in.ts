import { Injectable } from '@nestjs/common';
import jwt from 'jsonwebtoken';
import passport from 'passport';
import { principalFound } from './authentication-error.js';
import { BearerStrategy } from './bearer.strategy.js';
import type { Principal } from './principal.js';

/** The last instant that a `Date` can hold, in milliseconds since 1970. */
const LATEST_MS = 8.64e15;

/** Who a token stands for, and for how long. */
export interface SignedIn {
  readonly principal: Principal;
  readonly expiresAt: Date;
}

/** What passport answers about a request. */
type Found = [error: unknown, principal: Principal | false | null, reason: unknown];
type Middleware = (
  request: { headers: Record<string, string> },
  response: object,
  next: (failure: unknown) => void,
) => void;

/** Checks a token that came otherwise than in a header, by the strategy that guards the API. */
@Injectable()
export class SignIn {
  constructor(private readonly strategy: BearerStrategy) {}

  /**
   * @param token as it was typed or pasted; a "Bearer" before it, white space around it and words after it do no harm
   * @throws AuthenticationError (401), or DomainError (403 for an unknown role, 503 for missing keys)
   */
  async check(token: string): Promise<SignedIn> {
    const [bare = ''] = token
      .trim()
      .replace(/^bearer\s+/i, '')
      .split(/\s/, 1);
    const principal = await this.principalOf(bare);
    // Verified, and without an expiry it would have been refused.
    const { exp } = jwt.decode(bare) as { exp: number };
    return { principal, expiresAt: new Date(Math.min(exp * 1_000, LATEST_MS)) };
  }

  private async principalOf(token: string): Promise<Principal> {
    const [error, principal, reason] = await new Promise<Found>((resolve) => {
      const found = (...all: Found): void => resolve(all);
      const middleware = passport.authenticate(this.strategy.name, { session: false }, found) as Middleware;
      const request = { headers: { authorization: `Bearer ${token}` } };
      middleware(request, {}, (failure) => resolve([failure, null, null]));
    });
    return principalFound(error, principal, reason);
  }
}
