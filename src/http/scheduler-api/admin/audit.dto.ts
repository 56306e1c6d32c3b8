import { ApiProperty } from '@nestjs/swagger';
import type { Json } from '../../../domain/execution/outcome.js';
import { SUBJECT_MAX_LENGTH } from '../../../domain/job/limits.js';
import type { RecordedAuditEntry } from '../../../modules/audit/audit-entry.js';
import { QueryInstant, QueryText } from '../../shared/validation/query-decorators.js';
import { PageDto, PageQueryDto } from '../page.dto.js';

/** Which audit entries to list. */
export class ListAuditQueryDto extends PageQueryDto {
  @QueryInstant({ description: 'Only changes at or after this instant.' })
  from?: Date;

  @QueryInstant({ description: 'Only changes before this instant.' })
  to?: Date;

  @QueryText({
    maxLength: SUBJECT_MAX_LENGTH,
    description: "Only changes by this caller: the token's subject.",
  })
  actor?: string;

  @QueryText({ maxLength: 100, description: 'Only this operation, by its operationId in this document.' })
  operation?: string;

  @QueryText({ maxLength: 200, description: 'Only changes of this job, execution or other target.' })
  targetId?: string;
}

const ANYTHING = { type: 'object', additionalProperties: true, nullable: true } as const;

/** One change that somebody made or tried to make. */
export class AuditEntryDto {
  @ApiProperty({ type: String, description: 'Identifies the entry; later ones are larger.', example: '1871' })
  id: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    description: 'When.',
    example: '2030-01-04T09:15:00.000Z',
  })
  at: string;

  @ApiProperty({ type: String, description: "Who: the token's subject.", example: 'ops-team' })
  actor: string;

  @ApiProperty({ type: String, description: "The token's role.", example: 'operator' })
  role: string;

  @ApiProperty({ type: String, description: 'What: the operationId.', example: 'pauseJob' })
  operation: string;

  @ApiProperty({ type: String, description: 'The HTTP method.', example: 'POST' })
  method: string;

  @ApiProperty({
    type: String,
    description: 'The path with its query.',
    example: '/api/v1/scheduler/jobs/01986f3e-6d3b-7c4e-9c1f-3a5b7d9e1f20/pause',
  })
  path: string;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The job, execution or other object that it was about.',
    example: '01986f3e-6d3b-7c4e-9c1f-3a5b7d9e1f20',
  })
  targetId: string | null;

  @ApiProperty({ type: 'integer', description: 'The status of the answer.', example: 200 })
  status: number;

  @ApiProperty({
    ...ANYTHING,
    description: 'The job before; null: the call was not about one job, or it failed.',
    example: { state: 'enabled', version: 1 },
  })
  before: Json;

  @ApiProperty({
    ...ANYTHING,
    description: 'The job after, or what was created, or what was asked and answered. Secrets are masked.',
    example: { state: 'paused', version: 1 },
  })
  after: Json;

  @ApiProperty({
    type: String,
    description: 'The X-Request-Id of the call.',
    example: '01986f3e-6d3b-7c4e-9c1f-3a5b7d9e1f21',
  })
  requestId: string;
}

/** A page of audit entries. */
export class AuditPageDto extends PageDto {
  @ApiProperty({ type: [AuditEntryDto], description: 'The entries of this page, the newest first.' })
  items: AuditEntryDto[];
}

export const AUDIT_EXAMPLE: AuditEntryDto = {
  id: '1871',
  at: '2030-01-04T09:15:00.000Z',
  actor: 'ops-team',
  role: 'operator',
  operation: 'pauseJob',
  method: 'POST',
  path: '/api/v1/scheduler/jobs/01986f3e-6d3b-7c4e-9c1f-3a5b7d9e1f20/pause',
  targetId: '01986f3e-6d3b-7c4e-9c1f-3a5b7d9e1f20',
  status: 200,
  before: { state: 'enabled', version: 1 },
  after: { state: 'paused', version: 1 },
  requestId: '01986f3e-6d3b-7c4e-9c1f-3a5b7d9e1f21',
};

/** An entry in the words of the API. */
export function toAuditEntryDto(entry: RecordedAuditEntry): AuditEntryDto {
  return { ...entry, at: entry.at.toISOString() };
}
