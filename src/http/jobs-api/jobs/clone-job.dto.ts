import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsNotEmpty, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import * as limits from '../../../domain/job/limits.js';
import { SLUG } from './job-fields.dto.js';

/** What is different about the copy. */
export class CloneJobDto {
  @ApiPropertyOptional({
    type: String,
    minLength: 1,
    maxLength: limits.NAME_MAX_LENGTH,
    description: 'Default: the name with " (copy)".',
    example: 'Sync inventory, again',
  })
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(limits.NAME_MAX_LENGTH)
  name?: string;

  @ApiPropertyOptional({
    type: String,
    pattern: SLUG.source,
    description: 'Default: the slug with "-copy".',
    example: 'sync-inventory-again',
  })
  @IsOptional()
  @Matches(SLUG, { message: '$property must be 1 to 100 letters, digits, dots, hyphens or underscores' })
  slug?: string;

  @ApiPropertyOptional({ type: Boolean, description: 'Default: as the original.' })
  @IsOptional()
  @IsBoolean()
  enabled?: boolean;
}
