import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsString } from 'class-validator';

/** Jobs of one batch at most. */
export const BATCH_LIMIT = 50;
const IDS_LIMIT = 500;

/** Which jobs to enable or disable. */
export class JobIdsDto {
  @ApiProperty({
    type: [String],
    minItems: 1,
    maxItems: IDS_LIMIT,
    description: 'The ids of the jobs; all must exist.',
    example: ['01986f3e-6d3b-7c4e-9c1f-3a5b7d9e1f20'],
  })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(IDS_LIMIT)
  @IsString({ each: true })
  ids: string[];
}

/** How many jobs were changed. */
export class UpdatedDto {
  @ApiProperty({ type: 'integer', description: 'Jobs that were not so already.', example: 1 })
  updated: number;
}
