import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

/** An error, as RFC 9457 describes it (`application/problem+json`). */
export class ProblemDto {
  @ApiProperty({
    type: String,
    description: 'Names the kind of problem; made of `code`, stable, not to be opened.',
    example: 'urn:carillon:error:validation_failed',
  })
  type: string;

  @ApiProperty({ type: String, description: 'The status in words.', example: 'Bad Request' })
  title: string;

  @ApiProperty({ type: 'integer', description: 'The HTTP status.', example: 400 })
  status: number;

  @ApiProperty({
    type: String,
    description: 'What went wrong this time, for people.',
    example: 'name: must be a string',
  })
  detail: string;

  @ApiProperty({ type: String, description: 'The path that was called.', example: '/api/v1/scheduler/jobs' })
  instance: string;

  @ApiProperty({
    type: String,
    description: 'What went wrong, for programs; stable.',
    example: 'validation_failed',
  })
  code: string;

  @ApiProperty({
    type: String,
    description: 'The id of this request, as in the header `X-Request-Id` and in the log.',
    example: '1f0c6a52-3c35-4a0c-9a53-0d1c1a7c2f11',
  })
  traceId: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'array', items: { type: 'string' } },
    description: 'Where fields are at fault: the messages for each, by the path of the field.',
    example: { 'retryPolicy.maxAttempts': ['must not be less than 1'] },
  })
  errors?: Record<string, string[]>;
}
