import { randomUUID } from 'node:crypto';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import passport from 'passport';
import { ExtractJwt, Strategy, type SecretOrKeyProvider } from 'passport-jwt';
import type { JwtSettings } from '../../config/settings.js';
import { principalFromClaims } from './claims.js';
import type { Principal } from './principal.js';
import type { TokenVerification } from './token-verification.js';

/** Seconds that the clocks of issuer and verifier may differ. */
const CLOCK_TOLERANCE_SECONDS = 5;

/**
 * The passport strategy for `Authorization: Bearer <JWT>`. Its name is its own: passport keeps strategies by
 * name for the whole process, and two applications in it must not take each other's.
 */
@Injectable()
export class BearerStrategy extends PassportStrategy(Strategy) implements OnModuleDestroy {
  constructor(
    verification: TokenVerification,
    { issuer, audience }: Pick<JwtSettings, 'issuer' | 'audience'>,
  ) {
    super({
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKeyProvider: keyProvider(verification),
      algorithms: [...verification.algorithms],
      ...(issuer === null ? {} : { issuer }),
      ...(audience === null ? {} : { audience }),
      jsonWebTokenOptions: { clockTolerance: CLOCK_TOLERANCE_SECONDS },
    });
    this.name = `bearer-${randomUUID()}`;
    passport.use(this.name, this);
  }

  /** @param claims of a token whose signature and times have been checked */
  validate(claims: unknown): Principal {
    return principalFromClaims(claims);
  }

  onModuleDestroy(): void {
    passport.unuse(this.name);
  }
}

function keyProvider(verification: TokenVerification): SecretOrKeyProvider<unknown> {
  return (_request, token: string, done) => {
    // The library takes a KeyObject too; its types do not say so.
    const give = done as (error: unknown, key?: unknown) => void;
    Promise.resolve()
      .then(() => verification.keyFor(token))
      .then(
        (key) => give(null, key),
        (error: unknown) => give(error),
      );
  };
}
