import { ApiProperty } from '@nestjs/swagger';
import { QueryChoice } from '../../shared/validation/query-decorators.js';

export const WINDOW_HOURS = { '1h': 1, '1d': 24, '7d': 168, '30d': 720 } as const;
export type WindowWord = keyof typeof WINDOW_HOURS;
const WINDOWS = ['1h', '1d', '7d', '30d'] as const satisfies readonly WindowWord[];

/** Which runs to look at. */
export class HealthQueryDto {
  @QueryChoice(WINDOWS, { default: '7d', description: 'Only runs that were recorded within this time.' })
  window: WindowWord;
}

const count = (description: string, example: number) => ({ type: 'integer' as const, description, example });
const seconds = (description: string) => ({ type: Number, nullable: true, description, example: 0.4 });

/** How a job is doing. */
export class JobHealthDto {
  @ApiProperty(count('Runs of the time, those that have not ended included.', 10))
  total_runs: number;

  @ApiProperty(count('Runs that completed.', 9))
  completed_runs: number;

  @ApiProperty(count('Runs that failed, by the endpoint or by Carillon itself.', 1))
  failed_runs: number;

  @ApiProperty(count('Runs whose time ran out.', 0))
  timed_out_runs: number;

  @ApiProperty(count('Runs whose worker died.', 0))
  crashed_runs: number;

  @ApiProperty(count('Runs that were cancelled.', 0))
  canceled_runs: number;

  @ApiProperty(count('Runs that could not start in their time.', 0))
  expired_runs: number;

  @ApiProperty({
    type: Number,
    description: 'Completed among those that ended and were not cancelled, 0–100.',
    example: 90,
  })
  success_rate: number;

  @ApiProperty(seconds('Mean duration; null: no run has ended.'))
  avg_duration_secs: number | null;

  @ApiProperty(seconds('95th percentile of durations; null: no run has ended.'))
  p95_duration_secs: number | null;

  @ApiProperty({
    type: Number,
    description:
      '0–100: 0.7 × the success rate, and up to 30 for durations that stay alike; −1 with no runs.',
    example: 93,
  })
  health_score: number;
}
