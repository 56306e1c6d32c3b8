import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsNotEmpty, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import * as limits from '../../../domain/job/limits.js';
import { SLUG } from './job-fields.dto.js';

/** What is different about the copy. */
export class CloneJobDto {
  @ApiPropertyOptional({
    type: String,
    nullable: true,
    minLength: 1,
    maxLength: limits.NAME_MAX_LENGTH,
    description: 'Default: the name with " (copy)".',
    example: 'Sync inventory, again',
  })
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(limits.NAME_MAX_LENGTH)
  name?: string | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    pattern: SLUG.source,
    description: 'Default: the slug with "-copy".',
    example: 'sync-inventory-again',
  })
  @IsOptional()
  @Matches(SLUG, { message: '$property must be 1 to 100 letters, digits, dots, hyphens or underscores' })
  slug?: string | null;

  @ApiPropertyOptional({ type: Boolean, nullable: true, description: 'Default: as the original.' })
  @IsOptional()
  @IsBoolean()
  enabled?: boolean | null;
}
