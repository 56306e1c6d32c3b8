import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, type Repository } from 'typeorm';
import { DomainError, type FieldFault, invalid } from '../../domain/errors.js';
import type { Json } from '../../domain/execution/outcome.js';
import { referenceFaults, referencesIn, SECRET_NAME } from '../../domain/job/secret-references.js';
import { hostPatternFault } from '../../domain/job/allowed-hosts.js';
import { DatabaseClock } from '../../platform/clock/database-clock.js';
import { Keyring } from './envelope.js';
import { SecretEntity } from './secret.entity.js';

/** A secret as it may be shown: everything but its value. */
export type SecretView = Omit<SecretEntity, 'envelope'>;

/** What a secret is to become; absent fields stay. */
export interface SecretChange {
  value?: string;
  /** Null: any host. */
  allowedHosts?: readonly string[] | null;
}

const VIEWED = {
  name: true,
  allowedHosts: true,
  createdBy: true,
  updatedBy: true,
  createdAt: true,
  updatedAt: true,
} as const;

/** Named secrets. Values go in and never come out; attempts get them through the `SecretResolver`. */
@Injectable()
export class SecretsService {
  constructor(
    @InjectRepository(SecretEntity) private readonly secrets: Repository<SecretEntity>,
    private readonly keyring: Keyring,
    private readonly clock: DatabaseClock,
  ) {}

  /** @throws DomainError validation_failed, secret_exists */
  async create(
    secret: { name: string; value: string; allowedHosts?: readonly string[] | null },
    by: string,
  ): Promise<SecretView> {
    const { name, value } = secret;
    const faults = hostFaults(secret.allowedHosts);
    if (!SECRET_NAME.test(name))
      faults.push({
        field: 'name',
        message: 'must be letters, digits and _, not begin with a digit, and have at most 100 characters',
      });
    if (faults.length > 0) throw invalid(faults);
    const now = this.clock.now();
    const row: SecretEntity = {
      name,
      envelope: this.keyring.seal(value, secretBinding(name)),
      allowedHosts: normalized(secret.allowedHosts),
      createdBy: by,
      updatedBy: by,
      createdAt: now,
      updatedAt: now,
    };
    const inserted = await this.secrets
      .createQueryBuilder()
      .insert()
      .values(row)
      .orIgnore()
      .returning('name')
      .execute();
    if ((inserted.raw as unknown[]).length === 0)
      throw new DomainError('conflict', 'secret_exists', `A secret with the name ${name} exists already.`);
    return this.get(name);
  }

  /**
   * Gives a secret another value or other hosts. Attempts that start from now on use it.
   * @throws DomainError validation_failed, secret_not_found
   */
  async update(name: string, change: SecretChange, by: string): Promise<SecretView> {
    const faults = hostFaults(change.allowedHosts);
    if (faults.length > 0) throw invalid(faults);
    const { affected } = await this.secrets.update(name, {
      ...(change.value === undefined
        ? {}
        : { envelope: this.keyring.seal(change.value, secretBinding(name)) }),
      ...(change.allowedHosts === undefined ? {} : { allowedHosts: normalized(change.allowedHosts) }),
      updatedBy: by,
      updatedAt: this.clock.now(),
    });
    if (affected === 0) throw secretNotFound(name);
    return this.get(name);
  }

  /** Removes a secret; attempts of jobs that refer to it fail from now on. @throws DomainError secret_not_found */
  async remove(name: string): Promise<void> {
    const { affected } = await this.secrets.delete(name);
    if (affected === 0) throw secretNotFound(name);
  }

  /** @throws DomainError secret_not_found */
  async get(name: string): Promise<SecretView> {
    const row = await this.secrets.findOne({ where: { name }, select: VIEWED });
    if (!row) throw secretNotFound(name);
    return row;
  }

  /** One page by name, and the number of all. */
  async list({ offset, limit }: { offset: number; limit: number }): Promise<{
    items: SecretView[];
    total: number;
  }> {
    const [items, total] = await this.secrets.findAndCount({
      select: VIEWED,
      order: { name: 'ASC' },
      skip: offset,
      take: limit,
    });
    return { items, total };
  }

  /** What is wrong with the references of a configuration: malformed, or to secrets that do not exist. */
  async referenceFaults(configuration: Record<string, Json>): Promise<FieldFault[]> {
    const faults = referenceFaults(configuration);
    const references = referencesIn(configuration);
    if (references.length === 0) return faults;
    const names = [...new Set(references.map((reference) => reference.name))];
    const rows = await this.secrets.find({ where: { name: In(names) }, select: { name: true } });
    const known = new Set(rows.map((row) => row.name));
    const unknown = references.filter(({ name }) => !known.has(name));
    return [
      ...faults,
      ...unknown.map(({ path, name }) => ({
        field: path,
        message: `refers to the secret ${name}, which does not exist`,
      })),
    ];
  }
}

/** What a named secret's envelope is bound to. */
export function secretBinding(name: string): { scope: string; name: string } {
  return { scope: 'secret', name };
}

function hostFaults(hosts: readonly string[] | null | undefined): FieldFault[] {
  return (hosts ?? []).flatMap((host, index) => {
    const message = hostPatternFault(host);
    return message === null ? [] : [{ field: `allowedHosts.${index}`, message }];
  });
}

function normalized(hosts: readonly string[] | null | undefined): string[] | null {
  return hosts ? [...new Set(hosts.map((host) => host.toLowerCase()))] : null;
}

function secretNotFound(name: string): DomainError {
  return new DomainError('not_found', 'secret_not_found', `No secret has the name ${name}.`);
}
