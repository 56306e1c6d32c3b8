import { ApiProperty } from '@nestjs/swagger';

/** The codes of errors. */
export const ERROR_CODES = [
  'bad_request',
  'authentication_required',
  'forbidden',
  'not_found',
  'method_not_allowed',
  'conflict',
  'stale_attempt',
  'run_ended',
  'run_not_executing',
  'precondition_failed',
  'payload_too_large',
  'unsupported_media_type',
  'validation_failed',
  'rate_limited',
  'internal_error',
  'unavailable',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/** One field at fault. */
export class ErrorDetailDto {
  @ApiProperty({ type: String, description: 'The path of the field.', example: 'slug' })
  field: string;

  @ApiProperty({ type: String, description: 'What is wrong with it.', example: 'is required' })
  message: string;
}

/** What went wrong. */
export class ErrorBodyDto {
  @ApiProperty({ enum: ERROR_CODES, description: 'For programs; stable.', example: 'validation_failed' })
  code: ErrorCode;

  @ApiProperty({ type: String, description: 'For people.', example: 'slug: is required' })
  message: string;

  @ApiProperty({ type: [ErrorDetailDto], description: 'The fields at fault; empty where it is none.' })
  details: ErrorDetailDto[];
}

/** The answer to every request that fails. */
export class ErrorDto {
  @ApiProperty({ type: ErrorBodyDto, description: 'What went wrong.' })
  error: ErrorBodyDto;

  @ApiProperty({
    type: String,
    description: 'The id of this request, as in the header `X-Request-Id` and in the log.',
    example: '1f0c6a52-3c35-4a0c-9a53-0d1c1a7c2f11',
  })
  request_id: string;
}
