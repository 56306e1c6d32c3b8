import { ApiProperty } from '@nestjs/swagger';
import { QueryChoice } from '../../shared/validation/query-decorators.js';
import { CursorQueryDto } from '../cursor.js';
import { RUN_STATUSES, type RunStatus } from '../runs/run-status.js';

export const DELIVERY_STATUSES = ['pending', 'delivered', 'failed'] as const;
export type DeliveryStatusWord = (typeof DELIVERY_STATUSES)[number];

/** The runs that are told of, each by its own type of event. */
const ENDS = RUN_STATUSES.filter(
  (status) => !['delayed', 'queued', 'executing', 'waiting'].includes(status),
).map((status): EventWord => `run.${status}`);
export type EventWord = `run.${RunStatus}`;

const INSTANT = '2030-01-07T12:00:00.358Z';

const instant = (description: string, example: string | null = INSTANT, nullable = true) => ({
  type: String,
  format: 'date-time',
  nullable,
  description,
  example,
});
const text = (description: string, example: string | null = null) => ({
  type: String,
  nullable: true,
  description,
  example,
});

/** Which deliveries to list. */
export class ListDeliveriesQueryDto extends CursorQueryDto {
  @QueryChoice(DELIVERY_STATUSES, { description: 'Only deliveries with this status.' })
  status?: DeliveryStatusWord;
}

/** One attempt at a delivery. */
export class WebhookAttemptDto {
  @ApiProperty({ type: 'integer', description: 'From 1.', example: 1 })
  attempt: number;

  @ApiProperty(instant('When it was made; the header `webhook-timestamp`, there in seconds.', INSTANT, false))
  at: string;

  @ApiProperty(
    text('Where it went; secret parts are shown as `***`.', 'https://your-service.example.com/hooks'),
  )
  url: string | null;

  @ApiProperty({ type: 'integer', nullable: true, description: 'Null: there was no answer.', example: 204 })
  response_status: number | null;

  @ApiProperty({ type: Number, description: 'How long it took, in milliseconds.', example: 41.8 })
  duration_ms: number;

  @ApiProperty(
    text('What went wrong, for programs: such as `unexpected_status`, `outbound_blocked`, `timeout`.'),
  )
  error_code: string | null;

  @ApiProperty(text('What went wrong, for people; null: it was delivered.'))
  error: string | null;
}

/** A delivery: that the end of a run is told to the webhook of its job. */
export class WebhookDeliveryDto {
  @ApiProperty({
    type: String,
    format: 'uuid',
    description: 'Never changes; the header `webhook-id` of every attempt.',
    example: '01986f41-2bdf-7a11-9d3c-5e6f708192a3',
  })
  id: string;

  @ApiProperty({
    type: String,
    format: 'uuid',
    description: 'The run.',
    example: '01986f41-2a7e-7d05-8a4b-1c2d3e4f5a6b',
  })
  run_id: string;

  @ApiProperty({
    type: String,
    format: 'uuid',
    description: 'The job.',
    example: '01986f3e-6d3b-7c4e-9c1f-3a5b7d9e1f20',
  })
  job_id: string;

  @ApiProperty({ enum: ENDS, description: 'What is told: `type` in the body.', example: 'run.completed' })
  event: EventWord;

  @ApiProperty({
    enum: DELIVERY_STATUSES,
    description:
      '`delivered`: an attempt was answered with a 2xx. `failed`: no further attempt follows: a day is over, the ' +
      'receiver answered 410, or the URL may not be called. `pending`: neither yet.',
    example: 'delivered',
  })
  status: DeliveryStatusWord;

  @ApiProperty({ type: 'integer', description: 'Attempts so far.', example: 1 })
  attempts: number;

  @ApiProperty(instant('When the next attempt follows; null: none does, or one is under way.', null))
  next_attempt_at: string | null;

  @ApiProperty({ type: [WebhookAttemptDto], description: 'The latest 50 attempts, the newest first.' })
  log: WebhookAttemptDto[];

  @ApiProperty(instant('When it was recorded: with the end of the run.', INSTANT, false))
  created_at: string;

  @ApiProperty(instant('When it was delivered or failed.'))
  finished_at: string | null;
}
