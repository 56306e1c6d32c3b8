import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  IsBoolean,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
} from 'class-validator';

export const FILE_OPERATIONS = [
  'copy',
  'move',
  'delete',
  'write',
  'read',
  'list',
  'checksum',
  'compress',
  'extract',
] as const;
export type FileOperationName = (typeof FILE_OPERATIONS)[number];

export const ARCHIVE_FORMATS = ['zip', 'tar.gz'] as const;
export type ArchiveFormat = (typeof ARCHIVE_FORMATS)[number];

export const ENCODINGS = ['utf8', 'base64'] as const;
export type Encoding = (typeof ENCODINGS)[number];

export const CHECKSUM_ALGORITHMS = ['sha256', 'sha512', 'sha1', 'md5'] as const;
export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number];

/** The most that a run may be allowed to work on. */
export const MOST_ENTRIES = 1_000_000;
export const MOST_BYTES = 1024 ** 4;
/** Content travels in the job's definition. */
export const MOST_CONTENT = 1024 * 1024;

/**
 * What a file operation does, inside a root that the administrator named in `FILE_ROOTS`. Which fields may
 * be set depends on `operation`; any other one is refused by name.
 */
export class FileOperationConfiguration {
  @ApiProperty({
    enum: FILE_OPERATIONS,
    example: 'copy',
    description:
      'What to do. `copy`, `move`, `compress` and `extract` take `path` and `target`; `write` takes `content`, or ' +
      'the payload of the trigger where there is none; `delete`, `read`, `list` and `checksum` take `path`.',
  })
  @IsIn(FILE_OPERATIONS)
  operation: FileOperationName;

  @ApiProperty({ example: 'exports', description: 'Name of a root of the server (`FILE_ROOTS`).' })
  @IsString()
  @IsNotEmpty()
  @MaxLength(100)
  root: string;

  @ApiProperty({
    example: 'reports/2030/january.csv',
    description:
      'File or directory, relative to the root; `.` is the root itself. Never leads through a symbolic link, ' +
      'and must not contain `..`.',
  })
  @IsString()
  @IsNotEmpty()
  path: string;

  @ApiPropertyOptional({
    example: 'archive/january.zip',
    description:
      'copy, move, compress, extract: where the result goes, relative to `targetRoot`. Missing directories are ' +
      'made; an existing directory is merged into.',
  })
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  target?: string;

  @ApiPropertyOptional({
    example: 'backups',
    description: 'copy, move, compress, extract: the root of `target`. Default: `root`.',
  })
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(100)
  targetRoot?: string;

  @ApiPropertyOptional({
    example: '**/*.csv',
    description:
      'copy, move, delete, list, checksum, compress, extract: which entries below `path`, by `*`, `?`, `[a-z]`, ' +
      '`{a,b}` and `**` for any number of directories. Wildcards do not match a leading dot. `target` is then a directory.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(512)
  glob?: string;

  @ApiPropertyOptional({
    default: false,
    description:
      'delete: needed to delete a directory with everything in it. list, checksum: look into directories below; ' +
      'a `glob` decides that by itself.',
  })
  @IsOptional()
  @IsBoolean()
  recursive?: boolean;

  @ApiPropertyOptional({
    default: false,
    description:
      'copy, move, write, compress, extract: replace existing files. Directories are never replaced.',
  })
  @IsOptional()
  @IsBoolean()
  overwrite?: boolean;

  @ApiPropertyOptional({
    example: 'done\n',
    description:
      'write: the content of the file, up to 1 MiB. Without it the payload of the trigger is written: a text as it is, ' +
      'anything else as JSON.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(MOST_CONTENT)
  content?: string;

  @ApiPropertyOptional({
    enum: ENCODINGS,
    description:
      'write: how `content` is to be read (default `utf8`). read: how to answer the content (default: `utf8` for text, ' +
      '`base64` for anything else).',
  })
  @IsOptional()
  @IsIn(ENCODINGS)
  encoding?: Encoding;

  @ApiPropertyOptional({
    enum: CHECKSUM_ALGORITHMS,
    default: 'sha256',
    description: 'checksum: the algorithm.',
  })
  @IsOptional()
  @IsIn(CHECKSUM_ALGORITHMS)
  algorithm?: ChecksumAlgorithm;

  @ApiPropertyOptional({
    enum: ARCHIVE_FORMATS,
    description:
      'compress, extract: the format. Default: by the name of the archive (`.zip`, `.tar.gz`, `.tgz`).',
  })
  @IsOptional()
  @IsIn(ARCHIVE_FORMATS)
  format?: ArchiveFormat;

  @ApiPropertyOptional({
    minimum: 1,
    maximum: MOST_ENTRIES,
    example: 10_000,
    description:
      'The most files and directories to work on (default 10,000); more is refused. list: the most entries to answer ' +
      '(default 1,000, at most 10,000); more are cut off. checksum: at most 10,000.',
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MOST_ENTRIES)
  maxEntries?: number;

  @ApiPropertyOptional({
    minimum: 1,
    maximum: MOST_BYTES,
    example: 1_073_741_824,
    description:
      'copy, checksum, compress, extract: the most bytes of content, unpacked (default 1 GiB). read: the largest ' +
      'file to answer (default and maximum 1 MiB).',
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MOST_BYTES)
  maxBytes?: number;
}
