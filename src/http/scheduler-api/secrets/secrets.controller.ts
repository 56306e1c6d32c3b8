import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { AdminOnly } from '../../../modules/auth/admin-only.js';
import { CurrentPrincipal } from '../../../modules/auth/current-principal.decorator.js';
import type { Principal } from '../../../modules/auth/principal.js';
import { SecretsService, type SecretView } from '../../../modules/secrets/secrets.service.js';
import { ApiProblem } from '../../shared/documentation/api-problem.js';
import { PageQueryDto, pageOf, rangeOf } from '../page.dto.js';
import { SCHEDULER_PATH, SCHEDULER_ROUTE } from '../path.js';
import { ApiGuarded, ApiNeedsAdmin, ApiTakesBody, ApiTakesQuery, TakesNoBody } from '../problems.js';
import { CreateSecretDto, SecretDto, SecretPageDto, UpdateSecretDto } from './secret.dto.js';

const NAME = {
  name: 'name',
  type: String,
  description: 'The name of the secret.',
  example: 'INVENTORY_API_KEY',
};
const EXAMPLE: SecretDto = {
  name: 'INVENTORY_API_KEY',
  allowedHosts: ['api.example.com'],
  projects: ['billing'],
  createdBy: 'ops-team',
  updatedBy: 'ops-team',
  createdAt: '2030-01-04T09:15:00.000Z',
  updatedAt: '2030-01-04T09:15:00.000Z',
};

const ApiNamesSecret = () => ApiProblem(404, 'secret_not_found', 'No secret has the name INVENTORY_API_KEY.');
const ApiGivesProjects = () =>
  ApiProblem(400, 'project_forbidden', 'projects: the token does not reach marketing');
const ApiChangesOwnSecret = () =>
  ApiProblem(
    403,
    'secret_shared',
    'Projects that the token does not reach may use the secret INVENTORY_API_KEY too; changing it needs a token that ' +
      'reaches all of them.',
  );

/** Named secrets. Admins write them, each within the projects of their token; values are never returned. */
@ApiTags('Secrets')
@ApiGuarded()
@Controller(`${SCHEDULER_ROUTE}/secrets`)
export class SecretsController {
  constructor(private readonly secrets: SecretsService) {}

  @Post()
  @AdminOnly()
  @ApiOperation({
    operationId: 'createSecret',
    summary: 'Create a secret',
    description:
      'Keeps a value, encrypted, that jobs use as `${{ secrets.NAME }}` in any text of their `jobConfiguration`. It is ' +
      'put in when an attempt starts, and taken out of outputs, errors and logs. Jobs of other projects than its ' +
      '`projects` cannot use it. Names are the same for the whole installation.',
  })
  @ApiBody({
    type: CreateSecretDto,
    examples: {
      bound: {
        summary: 'For one host',
        value: { name: 'INVENTORY_API_KEY', value: 'k-3f1c9a52', allowedHosts: ['api.example.com'] },
      },
      project: {
        summary: 'For the jobs of one project',
        value: { name: 'INVENTORY_API_KEY', value: 'k-3f1c9a52', projects: ['billing'] },
      },
    },
  })
  @ApiCreatedResponse({
    type: SecretDto,
    description: 'The secret, without its value.',
    example: EXAMPLE,
    headers: { Location: { description: 'The path of the secret.', schema: { type: 'string' } } },
  })
  @ApiTakesBody('value: must be longer than or equal to 4 characters')
  @ApiGivesProjects()
  @ApiNeedsAdmin()
  @ApiProblem(409, 'secret_exists', 'A secret with the name INVENTORY_API_KEY exists already.')
  async createSecret(
    @Body() body: CreateSecretDto,
    @CurrentPrincipal() caller: Principal,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SecretDto> {
    const secret = await this.secrets.create(body, caller);
    reply.header('Location', `${SCHEDULER_PATH}/secrets/${secret.name}`);
    return toSecretDto(secret);
  }

  @Get()
  @ApiOperation({
    operationId: 'listSecrets',
    summary: 'List secrets',
    description:
      'One page of the secrets by name, without their values. A token that is limited to projects finds those that jobs ' +
      'of its projects may use.',
  })
  @ApiOkResponse({
    type: SecretPageDto,
    description: 'The page.',
    example: { items: [EXAMPLE], totalCount: 1, pageNumber: 1, pageSize: 20 },
  })
  @ApiTakesQuery()
  async listSecrets(
    @Query() query: PageQueryDto,
    @CurrentPrincipal() caller: Principal,
  ): Promise<SecretPageDto> {
    const { items, total } = await this.secrets.list(rangeOf(query), caller);
    return pageOf(items.map(toSecretDto), total, query);
  }

  @Get(':name')
  @ApiOperation({
    operationId: 'getSecret',
    summary: 'Get a secret',
    description: 'What is known of a secret, without its value.',
  })
  @ApiParam(NAME)
  @ApiOkResponse({ type: SecretDto, description: 'The secret.', example: EXAMPLE })
  @ApiNamesSecret()
  async getSecret(@Param('name') name: string, @CurrentPrincipal() caller: Principal): Promise<SecretDto> {
    return toSecretDto(await this.secrets.get(name, caller));
  }

  @Put(':name')
  @AdminOnly()
  @ApiOperation({
    operationId: 'updateSecret',
    summary: 'Update a secret',
    description:
      'Gives a secret another value, other hosts or other projects; attempts that start from now on go by it. Jobs of a ' +
      'project that it is taken from fail with `secret_missing`.',
  })
  @ApiParam(NAME)
  @ApiBody({
    type: UpdateSecretDto,
    examples: {
      value: { summary: 'Another value', value: { value: 'k-81d07be4' } },
      projects: { summary: 'For the jobs of two projects alone', value: { projects: ['billing', 'stock'] } },
    },
  })
  @ApiOkResponse({ type: SecretDto, description: 'The secret, without its value.', example: EXAMPLE })
  @ApiTakesBody('value: must be longer than or equal to 4 characters')
  @ApiGivesProjects()
  @ApiChangesOwnSecret()
  @ApiNeedsAdmin()
  @ApiNamesSecret()
  async updateSecret(
    @Param('name') name: string,
    @Body() body: UpdateSecretDto,
    @CurrentPrincipal() caller: Principal,
  ): Promise<SecretDto> {
    return toSecretDto(await this.secrets.update(name, body, caller));
  }

  @Delete(':name')
  @AdminOnly()
  @HttpCode(204)
  @TakesNoBody()
  @ApiOperation({
    operationId: 'deleteSecret',
    summary: 'Delete a secret',
    description:
      'Removes a secret. Attempts of jobs that refer to it fail from now on with `secret_missing`.',
  })
  @ApiParam(NAME)
  @ApiNoContentResponse({ description: 'It is gone.' })
  @ApiChangesOwnSecret()
  @ApiNeedsAdmin()
  @ApiNamesSecret()
  async deleteSecret(@Param('name') name: string, @CurrentPrincipal() caller: Principal): Promise<void> {
    await this.secrets.remove(name, caller);
  }
}

function toSecretDto(secret: SecretView): SecretDto {
  const { name, allowedHosts, projects, createdBy, updatedBy, createdAt, updatedAt } = secret;
  return {
    name,
    allowedHosts,
    projects,
    createdBy,
    updatedBy,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}
