import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Allow, IsBoolean, IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';
import { ANY_JSON } from '../any-json.js';
import type { Json } from '../../domain/execution/outcome.js';
import {
  DEFAULT_MAX_REDIRECTS,
  DEFAULT_MAX_RESPONSE_BYTES,
} from '../../platform/outbound/outbound-request.js';
import {
  IsHeaderRecord,
  IsOutboundUrl,
  IsQueryRecord,
  IsStatusList,
  IsWithoutBody,
} from './configuration-rules.js';

export const HTTP_METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const;
export type HttpMethod = (typeof HTTP_METHODS)[number];

export type QueryValue = string | number | boolean;

const LONGEST_TIMEOUT_SECONDS = 86_400;
const MOST_REDIRECTS = 20;
const MOST_RESPONSE_BYTES = 8 * 1024 * 1024;

/** `jobConfiguration` of a job of type HttpCall. A field that is null counts as absent. */
export class HttpCallConfiguration {
  @ApiProperty({
    description:
      'Absolute http or https URL, without user info. Networks that are not public are refused when the call ' +
      'is made, unless OUTBOUND_ALLOW names them.',
    example: 'https://your-service.example.com/api/sync',
  })
  @IsOutboundUrl()
  url: string;

  @ApiPropertyOptional({
    description:
      'Called with the same method, headers and body, in the same attempt, when `url` cannot be connected to, breaks ' +
      'off, does not answer in time, or answers 429. With it, `url` has two thirds of the time of an attempt, and the ' +
      'fallback all that is left. Its answer is the one of the attempt; the trace has `mainMs` then.',
    type: String,
    nullable: true,
    example: 'https://standby.example.com/api/sync',
  })
  @IsOptional()
  @IsOutboundUrl()
  fallbackUrl?: string | null;

  @ApiPropertyOptional({
    description: 'Default: POST where a body or a payload is sent, else GET.',
    enum: HTTP_METHODS,
    nullable: true,
    example: 'POST',
  })
  @IsOptional()
  @IsIn(HTTP_METHODS)
  method?: HttpMethod | null;

  @ApiPropertyOptional({
    description:
      'Headers to send. Beside them go Idempotency-Key (the execution id), X-Carillon-Job-Id, ' +
      'X-Carillon-Execution-Id, X-Carillon-Attempt, User-Agent and Accept-Encoding: identity; a header given ' +
      'here replaces them. Host, Content-Length and headers of the connection are refused. After a redirect ' +
      'to another origin, only headers that cannot hold secrets are sent.',
    type: 'object',
    additionalProperties: { type: 'string' },
    nullable: true,
    example: { 'X-Api-Key': 'abc123' },
  })
  @IsOptional()
  @IsHeaderRecord()
  headers?: Record<string, string> | null;

  @ApiPropertyOptional({
    description: 'Query parameters, added to those of the URL; a list repeats its name.',
    type: 'object',
    additionalProperties: {
      oneOf: [
        { type: 'string' },
        { type: 'number' },
        { type: 'boolean' },
        { type: 'array', items: { oneOf: [{ type: 'string' }, { type: 'number' }, { type: 'boolean' }] } },
      ],
    },
    nullable: true,
    example: { since: '2025-01-01', tag: ['a', 'b'] },
  })
  @IsOptional()
  @IsQueryRecord()
  query?: Record<string, QueryValue | QueryValue[]> | null;

  @ApiPropertyOptional({
    description:
      'Text is sent as text/plain, any other value as application/json; a Content-Type header changes the ' +
      'announced type only. Absent or null: the payload of the trigger is sent as JSON, if it has one and the ' +
      'method is not GET or HEAD.',
    ...ANY_JSON,
    example: { full: true },
  })
  @Allow()
  body?: Json;

  @ApiPropertyOptional({
    description:
      'True: the run is wrapped: the body is the object {payload, metadata, job_id, run_id, attempt}, and the headers ' +
      'X-Run-ID, X-Job-ID and X-Attempt go with it. `body` must be absent. Jobs of the Jobs API call so.',
    type: Boolean,
    nullable: true,
    example: false,
  })
  @IsOptional()
  @IsBoolean()
  @IsWithoutBody()
  envelope?: boolean | null;

  @ApiPropertyOptional({
    description: 'The statuses that count as success: 204, "2xx", "200-204". Default: every 2xx.',
    type: 'array',
    items: { oneOf: [{ type: 'integer', minimum: 100, maximum: 599 }, { type: 'string' }] },
    nullable: true,
    example: ['2xx', 304],
  })
  @IsOptional()
  @IsStatusList()
  expectedStatuses?: (number | string)[] | null;

  @ApiPropertyOptional({
    description: "Time for one attempt, redirects included; the job's own limit holds where it is shorter.",
    type: 'integer',
    minimum: 1,
    maximum: LONGEST_TIMEOUT_SECONDS,
    nullable: true,
    example: 30,
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(LONGEST_TIMEOUT_SECONDS)
  timeoutSeconds?: number | null;

  @ApiPropertyOptional({
    description: 'How many redirects are followed; 0 takes the redirect itself as the answer.',
    type: 'integer',
    minimum: 0,
    maximum: MOST_REDIRECTS,
    default: DEFAULT_MAX_REDIRECTS,
    nullable: true,
    example: 5,
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MOST_REDIRECTS)
  maxRedirects?: number | null;

  @ApiPropertyOptional({
    description:
      'Bytes of the response that are kept. A longer one is cut there, the connection is closed, and the ' +
      'output says truncated; the status still decides over success.',
    type: 'integer',
    minimum: 0,
    maximum: MOST_RESPONSE_BYTES,
    default: DEFAULT_MAX_RESPONSE_BYTES,
    nullable: true,
    example: 65_536,
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MOST_RESPONSE_BYTES)
  maxResponseBytes?: number | null;
}
