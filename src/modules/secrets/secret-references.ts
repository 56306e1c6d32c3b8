import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, type Repository } from 'typeorm';
import type { FieldFault } from '../../domain/errors.js';
import type { Json } from '../../domain/execution/outcome.js';
import { referenceFaults, referencesIn } from '../../domain/job/secret-references.js';
import { servesProject } from '../../domain/job/secret-scope.js';
import { SecretEntity } from './secret.entity.js';

/** Judges the references to secrets before a job is stored. Attempts ask again: see `SecretResolver`. */
@Injectable()
export class SecretReferences {
  constructor(@InjectRepository(SecretEntity) private readonly secrets: Repository<SecretEntity>) {}

  /**
   * What is wrong with the references of a configuration: malformed, or to secrets that do not exist. One that jobs of
   * the project may not use does not exist for them, and nothing in the answer tells the difference.
   */
  async faults(configuration: Record<string, Json>, projectId: string): Promise<FieldFault[]> {
    const faults = referenceFaults(configuration);
    const references = referencesIn(configuration);
    if (references.length === 0) return faults;
    const names = [...new Set(references.map((reference) => reference.name))];
    const rows = await this.secrets.find({
      where: { name: In(names) },
      select: { name: true, projects: true },
    });
    const usable = rows.filter(({ projects }) => servesProject(projects, projectId));
    const known = new Set(usable.map((row) => row.name));
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
