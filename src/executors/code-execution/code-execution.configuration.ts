import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  Allow,
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsOptional,
  IsString,
  Max,
  Min,
  ValidateBy,
} from 'class-validator';
import { ANY_JSON } from '../any-json.js';
import type { Json } from '../../domain/execution/outcome.js';
import { CODE_LANGUAGES, type CodeLanguage } from './language.js';
import { DEFAULT_MEMORY_MB, MAX_MEMORY_MB, MAX_SOURCE_BYTES, MIN_MEMORY_MB } from './limits.js';
import { originOf } from './origin.js';

const IsWithinSourceSize = () =>
  ValidateBy({
    name: 'isWithinSourceSize',
    validator: {
      validate: (value) => typeof value === 'string' && Buffer.byteLength(value) <= MAX_SOURCE_BYTES,
      defaultMessage: () => `source must not be larger than ${MAX_SOURCE_BYTES} bytes`,
    },
  });

const AreOrigins = () =>
  ValidateBy({
    name: 'areOrigins',
    validator: {
      validate: (value) => Array.isArray(value) && value.every((entry) => originOf(entry) !== null),
      defaultMessage: () => 'each entry of allowHttp must be an origin such as https://api.example.com:8443',
    },
  });

/** What a `code-execution` job runs. */
export class CodeExecutionConfiguration {
  @ApiProperty({
    enum: CODE_LANGUAGES,
    enumName: 'CodeLanguage',
    description:
      'The language of `source`. `javascript` and `typescript` always run. `python` and `shell` run only ' +
      'where the operator switched them on and the start-up test proved their isolation; elsewhere such a ' +
      'job is refused with the reason.',
    example: 'typescript',
  })
  @IsIn(CODE_LANGUAGES)
  language: CodeLanguage;

  @ApiProperty({
    description:
      'The script, at most 256 KiB. JavaScript and TypeScript: the body of an async function in strict mode, ' +
      'so `await` and `return` work at the top level; globals are `input`, `job`, `execution`, `console` and ' +
      '`fetch`; the returned value, as JSON, is the output of the execution. Python: a program with the ' +
      'globals `input`, `job` and `execution`; the global `output` at its end is the output. Shell: a POSIX ' +
      'sh script that reads `{input, job, execution}` as JSON from standard input and may write its output ' +
      'as JSON to the file named by `$OUTPUT`.',
    example:
      'const doubled = input.numbers.map((n: number) => n * 2);\nconsole.log(doubled);\nreturn { doubled };',
    maxLength: MAX_SOURCE_BYTES,
  })
  @IsString()
  @IsNotEmpty()
  @IsWithinSourceSize()
  source: string;

  @ApiPropertyOptional({
    ...ANY_JSON,
    description:
      'Any JSON value: the `input` of the script. It is the default only: when the trigger carries a ' +
      'payload, `input` is that payload instead (the two are not merged). Neither: `null`.',
    example: { numbers: [1, 2, 3] },
  })
  @Allow()
  input?: Json;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: MIN_MEMORY_MB,
    maximum: MAX_MEMORY_MB,
    default: DEFAULT_MEMORY_MB,
    description:
      'Memory that the script may use, in MiB. JavaScript and TypeScript: a hard ceiling for the whole run. ' +
      'Python and shell: for each of its processes.',
    example: 64,
  })
  @IsOptional()
  @IsInt()
  @Min(MIN_MEMORY_MB)
  @Max(MAX_MEMORY_MB)
  memoryMb?: number;

  @ApiPropertyOptional({
    type: [String],
    maxItems: 50,
    description:
      'Origins (scheme, host, port) that `fetch` may call; none by default. Redirects are followed only to ' +
      'listed origins, and addresses of internal networks stay refused unless the operator allowed them. ' +
      'JavaScript and TypeScript only.',
    example: ['https://api.example.com'],
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(50)
  @AreOrigins()
  allowHttp?: string[];
}
