import { Controller, Get, Headers, Param, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiParam, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentPrincipal } from '../../../modules/auth/current-principal.decorator.js';
import type { Principal } from '../../../modules/auth/principal.js';
import { type RunStreamItem, RunStreams } from '../../../modules/runs/run-streams.js';
import { clientLeft, sendEvents } from '../../shared/streams/server-sent-events.js';
import { ApiGuarded, ApiMayBeMissing } from '../errors.js';
import * as examples from '../examples.js';
import { RUNS_ROUTE } from '../path.js';
import { runEventText } from './run-event.js';

const EXAMPLE = `retry: 2000

event: status
id: 90412-0.1-3.0.0
data: {"status":"executing","attempt":1,"at":"2030-01-07T12:00:00.004Z"}

event: log
id: 90412-0.1-3.1.0
data: {"sequence":1,"at":"2030-01-07T12:00:00.120Z","level":"info","message":"synced 118 articles","attempt":1}

event: progress
id: 90412-0.1-3.1.1
data: {"percent":40,"message":"page 4 of 10","data":null,"attempt":1,"at":"2030-01-07T12:00:00.200Z"}

event: status
id: 90417-311.1-4.1.1
data: {"status":"completed","attempt":1,"at":"2030-01-07T12:00:00.358Z"}

event: end
id: 90417-311.1-4.1.1
data: {"id":"01986f41-2a7e-7d05-8a4b-1c2d3e4f5a6b","status":"completed","result":{"synced":118}}

`;

/** A run as it goes on. */
@ApiTags('Runs')
@ApiGuarded()
@Controller(RUNS_ROUTE)
export class RunStreamController {
  constructor(private readonly streams: RunStreams) {}

  @Get(':id/stream')
  @ApiOperation({
    operationId: 'streamRun',
    summary: 'Watch a run',
    description:
      'Server-sent events: `status` when the run comes to another status or begins another attempt (first, how it ' +
      'stands), `log` for each line of its log, `progress` when its endpoint tells how far it is. `end` comes last, ' +
      'with the whole run as `getRun` answers it, and the stream ends with it; a client need not come back then. ' +
      'What happens within a moment may show only in its result.\n\n' +
      '**Resuming**: send the last `id` back as `Last-Event-ID`, to this or any other replica: no line and no status ' +
      'comes twice, no line is missing; of the progress the latest comes. An `id` that is not known begins anew.\n\n' +
      'A quiet stream carries a comment every 15 seconds. It ends after 15 minutes, or when the replica stops; ' +
      'clients come back by themselves.',
  })
  @ApiParam(examples.RUN_ID)
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'The last `id` that was received.',
    schema: { type: 'string', example: '90412-0.1-3.1.0' },
  })
  @ApiProduces('text/event-stream')
  @ApiOkResponse({
    description: 'The stream.',
    content: { 'text/event-stream': { schema: { type: 'string' }, example: EXAMPLE } },
  })
  @ApiMayBeMissing('No execution has the id 01986f41-2a7e-7d05-8a4b-1c2d3e4f5a6b.')
  async streamRun(
    @Param('id') id: string,
    @Headers('last-event-id') lastEventId: string | undefined,
    @CurrentPrincipal() caller: Principal,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const stream = await this.streams.open(id, lastEventId ?? null, caller, clientLeft(reply));
    await sendEvents(reply, textOf(stream));
  }
}

async function* textOf(stream: AsyncIterable<RunStreamItem>): AsyncGenerator<string, void, undefined> {
  for await (const item of stream) yield runEventText(item);
}
