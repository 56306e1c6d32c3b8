import { ApiPropertyOptional } from '@nestjs/swagger';
import { Allow } from 'class-validator';
import type { Json } from '../../../domain/execution/outcome.js';
import { ANY_JSON } from '../../../executors/any-json.js';

/** What a triggered run is given. */
export class TriggerJobDto {
  @ApiPropertyOptional({
    ...ANY_JSON,
    description: 'Any JSON value, handed to the work: an HTTP call without a body of its own sends it.',
    example: { warehouse: 'Leeds' },
  })
  @Allow()
  payload?: Json;
}
