import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { requireAllProjects } from '../../../modules/admin/all-projects.js';
import { AdminOnly } from '../../../modules/auth/admin-only.js';
import { CurrentPrincipal } from '../../../modules/auth/current-principal.decorator.js';
import type { Principal } from '../../../modules/auth/principal.js';
import { CircuitStore } from '../../../modules/circuits/circuit-store.js';
import { SCHEDULER_ROUTE } from '../path.js';
import { ApiGuarded, ApiNeedsAdmin, ApiReachesAllProjects, ApiTakesBody } from '../problems.js';
import { CircuitDto, ResetCircuitsDto, toCircuitDto } from './circuit.dto.js';
import { CountDto } from './count.dto.js';

const EXAMPLE: CircuitDto = {
  origin: 'https://your-service.example.com',
  state: 'Open',
  reason: 'The endpoint answered 503.',
  failures: 20,
  failedProbes: 1,
  waiting: 12,
  openedAt: '2030-01-07T12:00:00.000Z',
  probeAt: '2030-01-07T12:01:00.000Z',
  probeExecutionId: null,
};

/** The circuit breakers of endpoint origins. */
@ApiTags('Admin')
@ApiGuarded()
@AdminOnly()
@Controller(`${SCHEDULER_ROUTE}/admin/circuits`)
export class CircuitsController {
  constructor(private readonly circuits: CircuitStore) {}

  @Get()
  @ApiOperation({
    operationId: 'listCircuits',
    summary: 'List open circuits',
    description:
      'The origins that are left alone because calls of them failed again and again. Executions that call them wait, ' +
      'no attempt is used up; once the time has come one of them tries, and its success lets the others go.',
  })
  @ApiOkResponse({
    type: [CircuitDto],
    description: 'The circuits that are not closed, by origin.',
    example: [EXAMPLE],
  })
  @ApiNeedsAdmin()
  @ApiReachesAllProjects()
  async listCircuits(@CurrentPrincipal() caller: Principal): Promise<CircuitDto[]> {
    requireAllProjects(caller);
    return (await this.circuits.read()).map(toCircuitDto);
  }

  @Post('reset')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'resetCircuits',
    summary: 'Close open circuits',
    description: 'Closes one circuit or all of them by hand; the executions that wait start at once.',
  })
  @ApiBody({
    type: ResetCircuitsDto,
    required: false,
    examples: {
      one: { summary: 'One origin', value: { origin: EXAMPLE.origin } },
      all: { summary: 'All', value: {} },
    },
  })
  @ApiOkResponse({ type: CountDto, description: 'How many were not closed.', example: { count: 1 } })
  @ApiTakesBody('origin: must be a string')
  @ApiNeedsAdmin()
  @ApiReachesAllProjects()
  async resetCircuits(
    @Body() { origin }: ResetCircuitsDto,
    @CurrentPrincipal() caller: Principal,
  ): Promise<CountDto> {
    requireAllProjects(caller);
    return { count: await this.circuits.reset(origin ?? null) };
  }
}
