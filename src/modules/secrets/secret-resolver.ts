import { Injectable } from '@nestjs/common';
import type { Json } from '../../domain/execution/outcome.js';
import { NO_REDACTION, Redactor } from '../../domain/execution/redaction.js';
import { referencesIn, withSecrets } from '../../domain/job/secret-references.js';
import { namedSecretTexts, secretTexts } from '../../domain/job/secret-values.js';
import { HotDatabase } from '../../platform/database/hot-database.js';
import { SECRETS } from '../../platform/database/sql/secrets.sql.js';
import { ConfigurationVault, holdsEnvelopes } from './configuration-vault.js';
import { EnvelopeError, Keyring } from './envelope.js';
import { secretBinding } from './secrets.service.js';

type Configuration = Record<string, Json>;

/** A configuration with its secrets, for one attempt. */
export interface OpenConfiguration {
  configuration: Configuration;
  /** Takes the secrets out of whatever the attempt leaves behind. */
  redactor: Redactor;
  /** Secrets in use that are bound to hosts. */
  bound: readonly { name: string; allowedHosts: readonly string[] }[];
}

/** Why a configuration cannot get its secrets; the message holds none. */
export class SecretUnavailable extends Error {
  constructor(
    readonly code: 'secret_missing' | 'secret_unreadable',
    message: string,
  ) {
    super(message);
    this.name = 'SecretUnavailable';
  }
}

interface SecretRow {
  name: string;
  envelope: string;
  allowedHosts: string[] | null;
}

/** Puts secrets into configurations at attempt time. */
@Injectable()
export class SecretResolver {
  /** Whether a stored configuration has secrets; it never changes, so that is found out once. */
  private readonly needing = new WeakMap<Configuration, boolean>();

  constructor(
    private readonly database: HotDatabase,
    private readonly keyring: Keyring,
    private readonly vault: ConfigurationVault,
  ) {}

  /**
   * Opens what is sealed in a stored configuration and puts the values of secrets in place of their references. A secret
   * that the job's project may not use is missing like one that does not exist. At once for a configuration that has
   * no secrets.
   * @throws SecretUnavailable
   */
  open(jobId: string, stored: Configuration): OpenConfiguration | Promise<OpenConfiguration> {
    if (!this.needsSecrets(stored)) return { configuration: stored, redactor: NO_REDACTION, bound: [] };
    return this.resolve(jobId, stored);
  }

  private async resolve(jobId: string, stored: Configuration): Promise<OpenConfiguration> {
    const inline = readable('A value of the configuration', () => this.vault.openedWith(jobId, stored));
    // Sealed values may have references beside their secret, so these are looked for after opening.
    const names = [...new Set(referencesIn(inline.configuration).map((reference) => reference.name))];
    const rows = names.length === 0 ? [] : await this.database.rows<SecretRow>(SECRETS, [names, jobId]);
    const missing = names.filter((name) => !rows.some((row) => row.name === name));
    if (missing.length > 0)
      throw new SecretUnavailable('secret_missing', `There is no secret ${missing.join(', ')}.`);
    const named = new Map(
      rows.map((row) => [
        row.name,
        readable(`The secret ${row.name}`, () => this.keyring.open(row.envelope, secretBinding(row.name))),
      ]),
    );
    return {
      configuration: withSecrets(inline.configuration, named),
      redactor: new Redactor([
        ...[...named.values()].flatMap(namedSecretTexts),
        ...inline.values.flatMap(secretTexts),
      ]),
      bound: rows.flatMap(({ name, allowedHosts }) => (allowedHosts ? [{ name, allowedHosts }] : [])),
    };
  }

  private needsSecrets(stored: Configuration): boolean {
    let needs = this.needing.get(stored);
    if (needs === undefined) {
      needs = holdsEnvelopes(stored) || referencesIn(stored).length > 0;
      this.needing.set(stored, needs);
    }
    return needs;
  }
}

function readable<T>(what: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (!(error instanceof EnvelopeError)) throw error;
    throw new SecretUnavailable('secret_unreadable', `${what} cannot be read: ${error.message}`);
  }
}
