import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { SETTINGS } from '../../config/configuration.module.js';
import { secretsKey } from '../../config/secrets.js';
import type { Settings } from '../../config/settings.js';
import { ConfigurationVault } from './configuration-vault.js';
import { Keyring } from './envelope.js';
import { SecretEntity } from './secret.entity.js';
import { SecretReferences } from './secret-references.js';
import { SecretResolver } from './secret-resolver.js';
import { SecretsService } from './secrets.service.js';

/** Named secrets and the sealing of inline ones; owns secrets. Needs `SETTINGS` and the DatabaseModule. */
@Module({
  imports: [TypeOrmModule.forFeature([SecretEntity])],
  providers: [
    { provide: Keyring, inject: [SETTINGS], useFactory: keyringOf },
    ConfigurationVault,
    SecretReferences,
    SecretResolver,
    SecretsService,
  ],
  exports: [ConfigurationVault, SecretReferences, SecretResolver, SecretsService],
})
export class SecretsModule {}

function keyringOf(settings: Settings): Keyring {
  const { secretsKeyPrevious } = settings;
  return new Keyring(secretsKey(settings), secretsKeyPrevious ? [secretsKeyPrevious] : []);
}
