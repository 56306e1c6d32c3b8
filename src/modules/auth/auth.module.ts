import { Logger, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { SETTINGS } from '../../config/configuration.module.js';
import { jwtSecret } from '../../config/secrets.js';
import type { Settings } from '../../config/settings.js';
import { AdminOnlyGuard } from './admin-only.js';
import { BearerGuard } from './bearer.guard.js';
import { BearerStrategy } from './bearer.strategy.js';
import { JwksKeys } from './jwks-keys.js';
import { RoleGuard } from './role.guard.js';
import { SignIn } from './sign-in.js';
import { jwksVerification, secretVerification } from './token-verification.js';

/**
 * Closes the whole HTTP surface: a bearer token everywhere but on `@Public()`, viewers read only,
 * `@AdminOnly()` where it stands. Needs `SETTINGS`.
 */
@Module({
  providers: [
    { provide: BearerStrategy, inject: [SETTINGS], useFactory: bearerStrategy },
    SignIn,
    AdminOnlyGuard,
    // Global guards run in this order: who is it, then may they.
    { provide: APP_GUARD, useClass: BearerGuard },
    { provide: APP_GUARD, useClass: RoleGuard },
  ],
  exports: [SignIn],
})
export class AuthModule {}

function bearerStrategy(settings: Settings): BearerStrategy {
  const { jwksUrl, audience } = settings.jwt;
  if (jwksUrl === null) return new BearerStrategy(secretVerification(jwtSecret(settings)), settings.jwt);
  if (audience === null) {
    new Logger('AuthModule').warn(
      'JWT_AUDIENCE is not set: tokens that the identity provider issued for other applications are accepted too.',
    );
  }
  return new BearerStrategy(jwksVerification(new JwksKeys(jwksUrl)), settings.jwt);
}
