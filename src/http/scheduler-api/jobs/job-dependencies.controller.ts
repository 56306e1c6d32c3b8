import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import {
  ApiBody,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { WantedRevisions } from '../../../domain/job/revision.js';
import { CurrentPrincipal } from '../../../modules/auth/current-principal.decorator.js';
import type { Principal } from '../../../modules/auth/principal.js';
import { JobDependenciesService } from '../../../modules/jobs/job-dependencies.js';
import { JobViews } from '../../../modules/jobs/job-views.js';
import { IfMatch } from '../../shared/conditional/conditional-answer.js';
import { ApiProblem } from '../../shared/documentation/api-problem.js';
import * as examples from '../examples.js';
import { SCHEDULER_ROUTE } from '../path.js';
import {
  ApiChangesJob,
  ApiConditional,
  ApiGuarded,
  ApiNeedsOperator,
  ApiReadsJob,
  ApiTakesBody,
  TakesNoBody,
} from '../problems.js';
import { dependenciesFrom } from './dependencies-request.js';
import { DependenciesDto, SetDependenciesDto } from './dependencies.dto.js';
import { dependenciesDto } from './job.mapper.js';

/** How the list of prerequisites is called here. */
const FIELD = 'dependsOnJobIds';

const EXAMPLE: DependenciesDto = {
  dependsOnJobIds: ['01986f3e-0000-7c4e-9c1f-3a5b7d9e1f20'],
  condition: 'AllSucceeded',
};

/** Which jobs must have run before a job. */
@ApiTags('Jobs')
@ApiParam({
  name: 'jobId',
  type: String,
  format: 'uuid',
  description: 'The id of the dependent job.',
  example: examples.JOB_EXAMPLE.id,
})
@ApiGuarded()
@Controller(`${SCHEDULER_ROUTE}/jobs/:jobId/dependencies`)
export class JobDependenciesController {
  constructor(
    private readonly dependencies: JobDependenciesService,
    private readonly views: JobViews,
  ) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({
    operationId: 'setJobDependencies',
    summary: 'Set what a job waits for',
    description:
      'Sets the prerequisites of a job, in the place of those it had. Each execution that a schedule or a trigger ' +
      'starts waits (`Pending`) until the condition holds; it ends `Cancelled`, with the prerequisite named in ' +
      '`errorMessage`, once the condition can no longer hold. Only ends after the creation of the previous execution ' +
      'of the job count. A deleted job is no prerequisite any more.',
  })
  @ApiBody({
    type: SetDependenciesDto,
    examples: { all: { summary: 'After another job', value: EXAMPLE } },
  })
  @ApiOkResponse({ type: DependenciesDto, description: 'What the job waits for.', example: EXAMPLE })
  @ApiTakesBody('dependsOnJobIds.0: no job has the id 01986f3e-0000-7c4e-9c1f-3a5b7d9e1f20')
  @ApiProblem(
    400,
    'dependency_cycle',
    'dependsOnJobIds: would let the job wait for itself: "a" (01986f3e-…) → "b" (01986f41-…) → "a" (01986f3e-…)',
  )
  @ApiConditional()
  @ApiChangesJob()
  @ApiNeedsOperator()
  async setJobDependencies(
    @Param('jobId') jobId: string,
    @Body() body: SetDependenciesDto,
    @CurrentPrincipal() caller: Principal,
    @IfMatch() wanted: WantedRevisions,
  ): Promise<DependenciesDto> {
    await this.dependencies.set(jobId, dependenciesFrom(body, FIELD), caller, FIELD, wanted);
    return dependenciesDto((await this.views.get(jobId, caller)).dependencies);
  }

  @Get()
  @ApiOperation({
    operationId: 'getJobDependencies',
    summary: 'Get what a job waits for',
    description: 'The prerequisites of a job; the list of a job without any is empty.',
  })
  @ApiOkResponse({ type: DependenciesDto, description: 'What the job waits for.', example: EXAMPLE })
  @ApiReadsJob()
  async getJobDependencies(
    @Param('jobId') jobId: string,
    @CurrentPrincipal() caller: Principal,
  ): Promise<DependenciesDto> {
    return dependenciesDto((await this.views.get(jobId, caller)).dependencies);
  }

  @Delete()
  @HttpCode(204)
  @TakesNoBody()
  @ApiOperation({
    operationId: 'deleteJobDependencies',
    summary: 'Let a job wait for nothing',
    description: 'Removes all prerequisites of a job. Executions that wait for them are queued at once.',
  })
  @ApiNoContentResponse({ description: 'The job waits for nothing any more.' })
  @ApiConditional()
  @ApiChangesJob()
  @ApiNeedsOperator()
  async deleteJobDependencies(
    @Param('jobId') jobId: string,
    @CurrentPrincipal() caller: Principal,
    @IfMatch() wanted: WantedRevisions,
  ): Promise<void> {
    await this.dependencies.set(jobId, null, caller, FIELD, wanted);
  }
}
