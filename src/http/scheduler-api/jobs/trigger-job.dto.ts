import { ApiPropertyOptional } from '@nestjs/swagger';
import { Allow } from 'class-validator';
import type { Json } from '../../../domain/execution/outcome.js';

/** What a triggered run is given. */
export class TriggerJobDto {
  @ApiPropertyOptional({
    description: 'Any JSON value, handed to the work: an HTTP call without a body of its own sends it.',
    oneOf: [
      { type: 'object', additionalProperties: true, nullable: true },
      { type: 'array', items: {} },
      { type: 'string' },
      { type: 'number' },
      { type: 'boolean' },
    ],
    example: { warehouse: 'Leeds' },
  })
  @Allow()
  payload?: Json;
}
