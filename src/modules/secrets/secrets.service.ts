import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { EntityManager, Repository } from 'typeorm';
import { DomainError, type FieldFault, invalid } from '../../domain/errors.js';
import { hostPatternFault } from '../../domain/job/allowed-hosts.js';
import type { Caller } from '../../domain/job/caller.js';
import { SECRET_NAME } from '../../domain/job/secret-references.js';
import {
  isSecretVisible,
  mayChangeSecret,
  projectsFault,
  type SecretProjects,
  shownProjects,
} from '../../domain/job/secret-scope.js';
import { DatabaseClock } from '../../platform/clock/database-clock.js';
import { Keyring } from './envelope.js';
import { SecretEntity } from './secret.entity.js';

/** A secret as it may be shown: everything but its value, and of its projects those that the reader reaches. */
export type SecretView = Omit<SecretEntity, 'envelope'>;

/** What a secret is to become; absent fields stay. */
export interface SecretChange {
  value?: string;
  /** Null: any host. */
  allowedHosts?: readonly string[] | null;
  /** Whose jobs may use it; null: those of every project. */
  projects?: SecretProjects;
}

const VIEWED = {
  name: true,
  allowedHosts: true,
  projects: true,
  createdBy: true,
  updatedBy: true,
  createdAt: true,
  updatedAt: true,
} as const;

/**
 * Named secrets. Values go in and never come out; attempts get them through the `SecretResolver`. A caller that is
 * limited to projects sees what jobs there may use, and changes what no other project may use.
 */
@Injectable()
export class SecretsService {
  constructor(
    @InjectRepository(SecretEntity) private readonly secrets: Repository<SecretEntity>,
    private readonly keyring: Keyring,
    private readonly clock: DatabaseClock,
  ) {}

  /**
   * Keeps a secret. Where no projects are named it is for all that the caller reaches.
   * @throws DomainError validation_failed, project_forbidden, secret_exists
   */
  async create(secret: SecretChange & { name: string; value: string }, caller: Caller): Promise<SecretView> {
    const { name, value } = secret;
    const faults = hostFaults(secret.allowedHosts);
    if (!SECRET_NAME.test(name))
      faults.push({
        field: 'name',
        message: 'must be letters, digits and _, not begin with a digit, and have at most 100 characters',
      });
    if (faults.length > 0) throw invalid(faults);
    const projects = secret.projects === undefined ? caller.projects : secret.projects;
    requireGrantable(projects, caller);
    const now = this.clock.now();
    const row: SecretEntity = {
      name,
      envelope: this.keyring.seal(value, secretBinding(name)),
      allowedHosts: normalizedHosts(secret.allowedHosts),
      projects: distinct(projects),
      createdBy: caller.subject,
      updatedBy: caller.subject,
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
    return this.get(name, caller);
  }

  /**
   * Gives a secret another value, other hosts or other projects. Attempts that start from now on go by it.
   * @throws DomainError validation_failed, project_forbidden, secret_not_found, secret_shared
   */
  async update(name: string, change: SecretChange, caller: Caller): Promise<SecretView> {
    const { value, allowedHosts, projects } = change;
    const faults = hostFaults(allowedHosts);
    if (faults.length > 0) throw invalid(faults);
    await this.secrets.manager.transaction(async (manager) => {
      await lockOwn(manager, name, caller);
      if (projects !== undefined) requireGrantable(projects, caller);
      await manager.update(SecretEntity, name, {
        ...(value === undefined ? {} : { envelope: this.keyring.seal(value, secretBinding(name)) }),
        ...(allowedHosts === undefined ? {} : { allowedHosts: normalizedHosts(allowedHosts) }),
        ...(projects === undefined ? {} : { projects: distinct(projects) }),
        updatedBy: caller.subject,
        updatedAt: this.clock.now(),
      });
    });
    return this.get(name, caller);
  }

  /**
   * Removes a secret; attempts of jobs that refer to it fail from now on.
   * @throws DomainError secret_not_found, secret_shared
   */
  async remove(name: string, caller: Caller): Promise<void> {
    await this.secrets.manager.transaction(async (manager) => {
      await lockOwn(manager, name, caller);
      await manager.delete(SecretEntity, name);
    });
  }

  /** @throws DomainError secret_not_found */
  async get(name: string, reader: Pick<Caller, 'projects'>): Promise<SecretView> {
    const row = await this.secrets.findOne({ where: { name }, select: VIEWED });
    if (!row || !isSecretVisible(row.projects, reader)) throw secretNotFound(name);
    return shownTo(reader, row);
  }

  /** One page by name of those that the reader may see, and the number of all of these. */
  async list(
    { offset, limit }: { offset: number; limit: number },
    reader: Pick<Caller, 'projects'>,
  ): Promise<{ items: SecretView[]; total: number }> {
    const query = this.secrets
      .createQueryBuilder('secret')
      .select(Object.keys(VIEWED).map((column) => `secret.${column}`))
      .orderBy('secret.name', 'ASC')
      .skip(offset)
      .take(limit);
    // The rule of `isSecretVisible`.
    if (reader.projects !== null)
      query.where(
        'cardinality(:reached::text[]) > 0 AND (secret.projects IS NULL OR secret.projects && :reached::text[])',
        { reached: reader.projects },
      );
    const [rows, total] = await query.getManyAndCount();
    return { items: rows.map((row) => shownTo(reader, row)), total };
  }
}

/** What a named secret's envelope is bound to. */
export function secretBinding(name: string): { scope: string; name: string } {
  return { scope: 'secret', name };
}

/** Locks a secret that the caller may change. @throws DomainError secret_not_found, secret_shared */
async function lockOwn(manager: EntityManager, name: string, caller: Caller): Promise<void> {
  const row = await manager.findOne(SecretEntity, { where: { name }, lock: { mode: 'pessimistic_write' } });
  if (!row || !isSecretVisible(row.projects, caller)) throw secretNotFound(name);
  if (mayChangeSecret(row.projects, caller)) return;
  throw new DomainError(
    'forbidden',
    'secret_shared',
    `Projects that the token does not reach may use the secret ${name} too; ` +
      'changing it needs a token that reaches all of them.',
  );
}

/** @throws DomainError project_forbidden */
function requireGrantable(projects: SecretProjects, caller: Caller): void {
  const message = projectsFault(projects, caller);
  if (message !== null) throw invalid([{ field: 'projects', message }], 'project_forbidden');
}

function shownTo(reader: Pick<Caller, 'projects'>, row: SecretView): SecretView {
  return { ...row, projects: shownProjects(row.projects, reader) };
}

function hostFaults(hosts: readonly string[] | null | undefined): FieldFault[] {
  return (hosts ?? []).flatMap((host, index) => {
    const message = hostPatternFault(host);
    return message === null ? [] : [{ field: `allowedHosts.${index}`, message }];
  });
}

function normalizedHosts(hosts: readonly string[] | null | undefined): string[] | null {
  return distinct(hosts?.map((host) => host.toLowerCase()) ?? null);
}

function distinct(texts: readonly string[] | null): string[] | null {
  return texts && [...new Set(texts)];
}

function secretNotFound(name: string): DomainError {
  return new DomainError('not_found', 'secret_not_found', `No secret has the name ${name}.`);
}
