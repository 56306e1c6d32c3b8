import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsNotEmpty, IsOptional, IsString, MaxLength } from 'class-validator';
import type { Circuit } from '../../../modules/circuits/circuit-store.js';

export const CIRCUIT_STATE_WORDS = ['Open', 'HalfOpen'] as const;

const ORIGIN_MAX_LENGTH = 2_048;

const instant = (description: string, example: string) => ({
  type: String,
  format: 'date-time',
  description,
  example,
});

/** A circuit that is not closed. */
export class CircuitDto {
  @ApiProperty({
    type: String,
    description: 'The origin of the endpoints; `secret:` and a hash where a secret is part of it.',
    example: 'https://your-service.example.com',
  })
  origin: string;

  @ApiProperty({
    enum: CIRCUIT_STATE_WORDS,
    description: '`Open`: nothing calls the origin. `HalfOpen`: one execution tries it.',
    example: 'Open',
  })
  state: (typeof CIRCUIT_STATE_WORDS)[number];

  @ApiProperty({
    type: String,
    description: 'What the call said that opened it, or the last try.',
    example: 'The endpoint answered 503.',
  })
  reason: string;

  @ApiProperty({ type: 'integer', description: 'Failures in a row that opened it.', example: 20 })
  failures: number;

  @ApiProperty({ type: 'integer', description: 'Tries that failed since then.', example: 1 })
  failedProbes: number;

  @ApiProperty({ type: 'integer', description: 'Executions that wait for it.', example: 12 })
  waiting: number;

  @ApiProperty(instant('When it was opened.', '2030-01-07T12:00:00.000Z'))
  openedAt: string;

  @ApiProperty(instant('From when on one execution may try the origin.', '2030-01-07T12:01:00.000Z'))
  probeAt: string;

  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'The execution that tries it.',
    example: null,
  })
  probeExecutionId: string | null;
}

/** Which circuits to close. */
export class ResetCircuitsDto {
  @ApiPropertyOptional({
    type: String,
    minLength: 1,
    maxLength: ORIGIN_MAX_LENGTH,
    description: 'The origin of one, as the list has it; absent: all.',
    example: 'https://your-service.example.com',
  })
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(ORIGIN_MAX_LENGTH)
  origin?: string;
}

/** A circuit in the words of the Scheduler API. */
export function toCircuitDto(circuit: Circuit): CircuitDto {
  const { origin, state, reason, failures, probes, waiting, openedAt, probeAt, probeId } = circuit;
  return {
    origin,
    state: state === 'open' ? 'Open' : 'HalfOpen',
    reason,
    failures,
    failedProbes: probes,
    waiting,
    openedAt: openedAt.toISOString(),
    probeAt: probeAt.toISOString(),
    probeExecutionId: probeId,
  };
}
