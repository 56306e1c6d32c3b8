import { ApiProperty } from '@nestjs/swagger';

/** How many jobs an operation applied to. */
export class CountDto {
  @ApiProperty({ type: 'integer', minimum: 0, description: 'How many jobs it applied to.', example: 42 })
  count: number;
}
