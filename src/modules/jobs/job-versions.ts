import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { v5 as uuidv5 } from 'uuid';
import { DomainError } from '../../domain/errors.js';
import type { JobDefinition } from '../../domain/job/definition.js';
import { maskSecrets } from '../../domain/job/mask-secrets.js';
import { maskedWebhook } from '../../domain/webhook/webhook.js';
import { ConfigurationVault } from '../secrets/configuration-vault.js';
import { openedWebhook } from './definition-columns.js';
import { JobVersionEntity } from './entities/job-version.entity.js';

/** A definition as it once held, secrets masked. */
export interface JobVersionView {
  id: string;
  jobId: string;
  version: number;
  /** What was not kept of an old version is missing. */
  definition: Partial<JobDefinition> &
    Pick<JobDefinition, 'name' | 'type' | 'configuration' | 'retry' | 'timeoutSeconds'>;
  createdBy: string | null;
  createdAt: Date;
}

/** The id of a version: always the same for the same job and number, so that it need not be kept. */
export function versionIdOf(jobId: string, version: number): string {
  return uuidv5(String(version), jobId);
}

/** Reads the versions of definitions. They never change. */
@Injectable()
export class JobVersions {
  constructor(
    private readonly dataSource: DataSource,
    private readonly vault: ConfigurationVault,
  ) {}

  /** The versions of a job, the newest first, at most `limit` of those before version `before`. */
  async list(jobId: string, limit: number, before: number | null): Promise<JobVersionView[]> {
    const query = this.dataSource
      .createQueryBuilder(JobVersionEntity, 'v')
      .where('v.jobId = :jobId', { jobId });
    if (before !== null) query.andWhere('v.version < :before', { before });
    const rows = await query.orderBy('v.version', 'DESC').limit(limit).getMany();
    return rows.map((row) => this.viewOf(row));
  }

  /**
   * @param newest the number of the newest version
   * @throws DomainError version_not_found
   */
  async get(jobId: string, versionId: string, newest: number): Promise<JobVersionView> {
    for (let version = newest; version >= 1; version--) {
      if (versionIdOf(jobId, version) !== versionId.toLowerCase()) continue;
      const row = await this.dataSource.manager.findOneBy(JobVersionEntity, { jobId, version });
      if (row) return this.viewOf(row);
    }
    throw new DomainError(
      'not_found',
      'version_not_found',
      `The job has no version with the id ${versionId}.`,
    );
  }

  private viewOf({
    jobId,
    version,
    definition,
    snapshot,
    createdBy,
    createdAt,
  }: JobVersionEntity): JobVersionView {
    const whole = { ...(snapshot as Omit<JobDefinition, 'configuration'> | null), ...definition };
    const configuration = maskSecrets(this.vault.opened(jobId, definition.configuration));
    const webhook = openedWebhook(jobId, whole.webhook ?? null, this.vault);
    return {
      id: versionIdOf(jobId, version),
      jobId,
      version,
      definition: { ...whole, configuration, webhook: webhook && maskedWebhook(webhook) },
      createdBy,
      createdAt,
    };
  }
}
