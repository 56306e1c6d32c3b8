import type { Client } from 'pg';
import type { Json } from '../../domain/execution/outcome.js';
import { ConfigurationVault } from './configuration-vault.js';
import type { Keyring } from './envelope.js';
import { rewrapMark } from './key-check.js';
import { secretBinding } from './secrets.service.js';

type Configuration = Record<string, Json>;

const BATCH = 500;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/** How many rows were written anew. */
export interface Rotated {
  secrets: number;
  jobs: number;
  versions: number;
}

/**
 * Puts everything that is sealed under the keyring's present key, and seals what is still plain. Values are not
 * encrypted anew, only their data keys. It may be repeated, and run while the service works.
 * @throws EnvelopeError where something is sealed under a key that the keyring does not have
 */
export class Rotation {
  private readonly vault: ConfigurationVault;

  constructor(
    private readonly client: Client,
    private readonly keyring: Keyring,
  ) {
    this.vault = new ConfigurationVault(keyring);
  }

  async run(): Promise<Rotated> {
    const rotated = {
      secrets: await this.atOnce(() => this.secrets()),
      jobs: await this.inBatches((after) => this.jobs(after)),
      versions: await this.inBatches((after) => this.versions(after)),
    };
    await rewrapMark(this.client, this.keyring);
    return rotated;
  }

  private async secrets(): Promise<number> {
    const { rows } = await this.client.query<{ name: string; envelope: string }>(
      'SELECT name, envelope FROM secrets ORDER BY name FOR UPDATE',
    );
    let changed = 0;
    for (const { name, envelope } of rows) {
      const rewrapped = this.keyring.rewrap(envelope, secretBinding(name));
      if (rewrapped === envelope) continue;
      await this.client.query('UPDATE secrets SET envelope = $2 WHERE name = $1', [name, rewrapped]);
      changed++;
    }
    return changed;
  }

  private async jobs(after: string): Promise<Batch> {
    const { rows } = await this.client.query<{ id: string; sealed: Configuration }>(
      `SELECT id, jsonb_build_object('configuration', configuration, 'webhook', webhook,
                                     'previous', webhook_previous) AS sealed
       FROM jobs WHERE id > $1 ORDER BY id LIMIT $2 FOR UPDATE`,
      [after, BATCH],
    );
    let changed = 0;
    for (const { id, sealed } of rows) {
      const rewrapped = this.rewrapped(id, sealed);
      if (rewrapped === null) continue;
      await this.client.query(
        `UPDATE jobs SET configuration = $2::jsonb -> 'configuration', webhook = nullif($2::jsonb -> 'webhook', 'null'),
                         webhook_previous = nullif($2::jsonb -> 'previous', 'null')
         WHERE id = $1`,
        [id, rewrapped],
      );
      changed++;
    }
    return { last: rows.at(-1)?.id ?? null, changed };
  }

  /** The versions of a batch of jobs. */
  private async versions(after: string): Promise<Batch> {
    const { rows } = await this.client.query<{ id: string; version: number; sealed: Configuration }>(
      `SELECT v.job_id AS id, v.version,
              jsonb_build_object('configuration', v.definition -> 'configuration', 'webhook', v.snapshot -> 'webhook')
                AS sealed
       FROM job_versions v
       WHERE v.job_id IN (SELECT id FROM jobs WHERE id > $1 ORDER BY id LIMIT $2) ORDER BY v.job_id FOR UPDATE OF v`,
      [after, BATCH],
    );
    let changed = 0;
    for (const { id, version, sealed } of rows) {
      const rewrapped = this.rewrapped(id, sealed);
      if (rewrapped === null) continue;
      await this.client.query(
        `UPDATE job_versions
         SET definition = jsonb_set(definition, '{configuration}', $3::jsonb -> 'configuration'),
             snapshot = CASE WHEN snapshot ? 'webhook' THEN jsonb_set(snapshot, '{webhook}', $3::jsonb -> 'webhook')
                             ELSE snapshot END
         WHERE job_id = $1 AND version = $2`,
        [id, version, rewrapped],
      );
      changed++;
    }
    return { last: rows.at(-1)?.id ?? null, changed };
  }

  /** JSON text; null where nothing changes. */
  private rewrapped(jobId: string, sealed: Configuration): string | null {
    const before = JSON.stringify(sealed);
    const after = JSON.stringify(this.vault.rewrapped(jobId, sealed));
    return after === before ? null : after;
  }

  private async inBatches(batch: (after: string) => Promise<Batch>): Promise<number> {
    let changed = 0;
    for (let after: string | null = FIRST_ID; after !== null;) {
      const start: string = after;
      const done = await this.atOnce(() => batch(start));
      changed += done.changed;
      after = done.last;
    }
    return changed;
  }

  private async atOnce<T>(work: () => Promise<T>): Promise<T> {
    await this.client.query('BEGIN');
    try {
      const result = await work();
      await this.client.query('COMMIT');
      return result;
    } catch (error) {
      await this.client.query('ROLLBACK');
      throw error;
    }
  }
}

interface Batch {
  /** The id of the last job looked at; null: there was none. */
  last: string | null;
  changed: number;
}
