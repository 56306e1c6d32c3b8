import { ApiProperty } from '@nestjs/swagger';
import { QueryDateTime } from '../date-time.js';
import { PageDto, PageQueryDto } from '../page.dto.js';
import { EXECUTION_STATUS_WORDS, type ExecutionStatusWord } from '../words.js';

export const OCCURRENCE_RESULT_WORDS = ['Executed', 'Skipped', 'Missed', 'Excluded'] as const;

/** Which due instants of a job to list. */
export class ListOccurrencesQueryDto extends PageQueryDto {
  @QueryDateTime('Only instants at or after this one; without an offset it is UTC.')
  from?: Date;

  @QueryDateTime('Only instants at or before this one; without an offset it is UTC.')
  to?: Date;
}

/** What became of a due instant, or of a stretch of them that had the same fate. */
export class OccurrenceDto {
  @ApiProperty({
    type: String,
    format: 'date-time',
    description: 'The due instant; the first one of a stretch.',
    example: '2030-01-07T12:00:00.000Z',
  })
  scheduledFor: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    description: 'The last instant of a stretch; equal to `scheduledFor` for a single one.',
    example: '2030-01-07T12:00:00.000Z',
  })
  through: string;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Due instants in the stretch; null where they have not been counted.',
    example: 1,
  })
  instants: number | null;

  @ApiProperty({
    enum: OCCURRENCE_RESULT_WORDS,
    description:
      '`Executed`: it became an execution. `Skipped`: an overlap, a pause or a change of the job took its place. ' +
      '`Missed`: the misfire policy dropped it. `Excluded`: an exclusion rule forbade it.',
    example: 'Executed',
  })
  result: (typeof OCCURRENCE_RESULT_WORDS)[number];

  @ApiProperty({
    type: String,
    nullable: true,
    description:
      'Why there is no execution: `overlap`, `overlap_queue_full`, `paused`, `rescheduled`, `disabled`, `deleted`, ' +
      '`misfire`, `catchup_window`, `catchup_limit` or `excluded`.',
    example: null,
  })
  reason: string | null;

  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'The execution.',
    example: '01986f41-2a7e-7d05-8a4b-1c2d3e4f5a6b',
  })
  executionId: string | null;

  @ApiProperty({
    enum: EXECUTION_STATUS_WORDS,
    nullable: true,
    description: 'The status of the execution.',
    example: 'Succeeded',
  })
  executionStatus: ExecutionStatusWord | null;
}

/** A page of due instants. */
export class OccurrencePageDto extends PageDto {
  @ApiProperty({ type: [OccurrenceDto], description: 'The instants of this page, the newest first.' })
  items: OccurrenceDto[];
}
