import { ApiProperty, ApiPropertyOptional, OmitType, PartialType } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsNotEmpty,
  IsOptional,
  IsString,
  MaxLength,
  MinLength,
} from 'class-validator';
import { LABEL_MAX_LENGTH } from '../../../domain/job/limits.js';
import { PageDto } from '../page.dto.js';

/** Shorter values stand in too much that is no secret to be taken out of outputs and logs. */
const VALUE_MIN_LENGTH = 4;
const VALUE_MAX_LENGTH = 65_536;
const HOSTS_MAX = 50;
const PROJECTS_MAX = 100;

const HOSTS = {
  type: [String] as [typeof String],
  nullable: true,
  maxItems: HOSTS_MAX,
  description:
    'The only hosts that the value may be sent to; `*.example.com` stands for all below. A job that would send it ' +
    'elsewhere, or of which that cannot be told, fails with `secret_host_not_allowed`. Null: any host.',
  example: ['api.example.com'],
};

const PROJECTS = {
  type: [String] as [typeof String],
  nullable: true,
  example: ['billing'],
};
const GIVEN_PROJECTS = {
  ...PROJECTS,
  minItems: 1,
  maxItems: PROJECTS_MAX,
  description:
    'The projects whose jobs may use it; for all others it does not exist, neither when a job is saved nor when an ' +
    'attempt starts. Null: those of every project. Absent in a new secret: all that the token reaches. A token that ' +
    'is limited to projects may name no others, and not null.',
};

/** A secret to keep. */
export class CreateSecretDto {
  @ApiProperty({
    type: String,
    pattern: '^[A-Za-z_][A-Za-z0-9_]{0,99}$',
    description: 'What jobs refer to: `${{ secrets.NAME }}`.',
    example: 'INVENTORY_API_KEY',
  })
  @IsString()
  name: string;

  @ApiProperty({
    type: String,
    minLength: VALUE_MIN_LENGTH,
    maxLength: VALUE_MAX_LENGTH,
    description: 'The value. It is kept encrypted and never returned.',
    example: 'k-3f1c9a52',
  })
  @IsString()
  @MinLength(VALUE_MIN_LENGTH)
  @MaxLength(VALUE_MAX_LENGTH)
  value: string;

  @ApiPropertyOptional(HOSTS)
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(HOSTS_MAX)
  @IsString({ each: true })
  allowedHosts?: string[] | null;

  @ApiPropertyOptional(GIVEN_PROJECTS)
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(PROJECTS_MAX)
  @IsString({ each: true })
  @IsNotEmpty({ each: true })
  @MaxLength(LABEL_MAX_LENGTH, { each: true })
  projects?: string[] | null;
}

/** A change of a secret; absent fields stay. */
export class UpdateSecretDto extends PartialType(OmitType(CreateSecretDto, ['name']), {
  skipNullProperties: false,
}) {}

/** A secret without its value. */
export class SecretDto {
  @ApiProperty({ type: String, description: 'The name.', example: 'INVENTORY_API_KEY' })
  name: string;

  @ApiProperty(HOSTS)
  allowedHosts: string[] | null;

  @ApiProperty({
    ...PROJECTS,
    description:
      'The projects whose jobs may use it; null: those of every project. A token that is limited to projects is told ' +
      'of none but these.',
  })
  projects: string[] | null;

  @ApiProperty({ type: String, description: 'Who created it.', example: 'ops-team' })
  createdBy: string;

  @ApiProperty({ type: String, description: 'Who changed it last.', example: 'ops-team' })
  updatedBy: string;

  @ApiProperty({ type: String, format: 'date-time', description: 'When it was created.' })
  createdAt: string;

  @ApiProperty({ type: String, format: 'date-time', description: 'When it was changed last.' })
  updatedAt: string;
}

/** One page of secrets. */
export class SecretPageDto extends PageDto {
  @ApiProperty({ type: [SecretDto], description: 'The secrets, by name.' })
  items: SecretDto[];
}
