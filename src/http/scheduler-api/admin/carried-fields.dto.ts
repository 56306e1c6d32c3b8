import { IsInt, IsNotEmpty, IsObject, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import type { Json } from '../../../domain/execution/outcome.js';
import { LABEL_MAX_LENGTH, PROJECT_MAX_LENGTH, YEAR_SECONDS } from '../../../domain/job/limits.js';
import { NestedObject } from '../../shared/validation/nested.decorator.js';

/** A webhook, as an export has it. */
export class ImportedWebhookDto {
  @IsString()
  url: string;

  @IsOptional()
  @IsString()
  secret?: string | null;
}

/** What holds for every run, as an export has it. */
export class ImportedRulesDto {
  @IsOptional()
  @IsObject()
  payloadSchema?: Record<string, Json> | null;

  /** Names and texts: the domain looks at the values. */
  @IsOptional()
  @IsObject()
  metadata?: Record<string, string> | null;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(YEAR_SECONDS)
  ttlSeconds?: number | null;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(YEAR_SECONDS)
  dedupWindowSeconds?: number | null;
}

/** What a file carries of a definition that requests of this dialect do not say. */
export class CarriedFieldsDto {
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(PROJECT_MAX_LENGTH)
  projectId?: string | null;

  @IsOptional()
  @IsString()
  slug?: string | null;

  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(LABEL_MAX_LENGTH)
  groupId?: string | null;

  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(LABEL_MAX_LENGTH)
  environmentId?: string | null;

  @IsOptional()
  @NestedObject(() => ImportedRulesDto)
  rules?: ImportedRulesDto | null;

  @IsOptional()
  @NestedObject(() => ImportedWebhookDto)
  webhook?: ImportedWebhookDto | null;
}
