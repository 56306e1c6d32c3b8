import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentPrincipal } from '../../../modules/auth/current-principal.decorator.js';
import type { Principal } from '../../../modules/auth/principal.js';
import { JobVersions } from '../../../modules/jobs/job-versions.js';
import { JobViews } from '../../../modules/jobs/job-views.js';
import { LINK_HEADER, pageWithLink, unknownCursor } from '../cursor.js';
import { ApiGuarded, ApiMayBeMissing, ApiTakesQuery } from '../errors.js';
import * as examples from '../examples.js';
import { JOBS_ROUTE } from '../path.js';
import { JobVersionDto } from './job.dto.js';
import { toVersionDto } from './job.mapper.js';
import { ListVersionsQueryDto } from './list-jobs.query.dto.js';

/** What jobs were before. */
@ApiTags('Versions')
@ApiGuarded()
@Controller(`${JOBS_ROUTE}/:jobId/versions`)
export class JobVersionsController {
  constructor(
    private readonly views: JobViews,
    private readonly versions: JobVersions,
  ) {}

  @Get()
  @ApiOperation({
    operationId: 'listJobVersions',
    summary: 'List job versions',
    description: 'Every definition that the job has had, through whatever dialect, the newest first.',
  })
  @ApiParam(examples.JOB_REFERENCE)
  @ApiOkResponse({
    type: [JobVersionDto],
    description: 'The versions.',
    example: [examples.VERSION_EXAMPLE],
    headers: LINK_HEADER,
  })
  @ApiTakesQuery()
  @ApiMayBeMissing()
  async listJobVersions(
    @Param('jobId') reference: string,
    @Query() query: ListVersionsQueryDto,
    @CurrentPrincipal() caller: Principal,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JobVersionDto[]> {
    const { limit, cursor } = query;
    const before = cursor === undefined ? null : versionNumber(cursor);
    const id = await this.views.idOf(reference, caller);
    const found = await this.versions.list(id, limit + 1, before);
    return pageWithLink(found, limit, (last) => String(last.version), request.url, reply).map(toVersionDto);
  }

  @Get(':versionId')
  @ApiOperation({
    operationId: 'getJobVersion',
    summary: 'Get a job version by its id',
    description: 'One definition that the job has had.',
  })
  @ApiParam(examples.JOB_REFERENCE)
  @ApiParam({
    name: 'versionId',
    type: String,
    description: 'The id of the version.',
    example: examples.VERSION_EXAMPLE.id,
  })
  @ApiOkResponse({ type: JobVersionDto, description: 'The version.', example: examples.VERSION_EXAMPLE })
  @ApiMayBeMissing()
  async getJobVersion(
    @Param('jobId') reference: string,
    @Param('versionId') versionId: string,
    @CurrentPrincipal() caller: Principal,
  ): Promise<JobVersionDto> {
    const { id, version } = await this.views.get(await this.views.idOf(reference, caller), caller);
    return toVersionDto(await this.versions.get(id, versionId, version));
  }
}

function versionNumber(cursor: string): number {
  if (/^\d{1,9}$/.test(cursor)) return Number(cursor);
  throw unknownCursor();
}
