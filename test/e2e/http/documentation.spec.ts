import { Controller, Get, Module, Query } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';
import { ApiProblem } from '../../../src/http/shared/documentation/api-problem.js';
import {
  buildDocument,
  setupDocumentation,
  type DocumentDefinition,
} from '../../../src/http/shared/documentation/documents.js';
import {
  QueryChoice,
  QueryInteger,
  QueryTexts,
} from '../../../src/http/shared/validation/query-decorators.js';
import { AdminOnly } from '../../../src/modules/auth/admin-only.js';
import { startApplication, type Application } from './application.js';

class ListQuery {
  @QueryInteger({ min: 1, max: 200, default: 20, description: 'Items on a page.' })
  pageSize: number;

  @QueryChoice(['asc', 'desc'], { default: 'asc' })
  direction: string;

  @QueryTexts({ maxLength: 5 })
  tag?: string[];
}

@Controller('bells')
class BellsController {
  @Get()
  @ApiProblem(400, 'validation_failed', 'A field is at fault.')
  @ApiProblem(400, 'bell_cracked', 'The bell is cracked.')
  @ApiProblem(404, 'bell_not_found', 'There is no such bell.')
  list(@Query() query: ListQuery): unknown {
    return query;
  }

  @Get('secret')
  @AdminOnly()
  @ApiProblem(403, 'role_insufficient', 'This needs the role admin.')
  secret(): string {
    return '';
  }
}

@Controller('towers')
class TowersController {
  @Get()
  list(): unknown[] {
    return [];
  }
}

@Module({ controllers: [BellsController] })
class BellsModule {}

@Module({ controllers: [TowersController] })
class TowersModule {}

const bells: DocumentDefinition = {
  name: 'Bells',
  title: 'Bells API',
  description: 'Rings.',
  version: '1.2.3',
  path: '/docs/bells.json',
  modules: [BellsModule],
};
const towers: DocumentDefinition = {
  ...bells,
  name: 'Towers',
  title: 'Towers API',
  path: '/docs/towers.json',
  modules: [TowersModule],
};

describe('the documentation', () => {
  let application: Application;

  beforeAll(async () => {
    application = await startApplication({
      imports: [BellsModule, TowersModule],
      prepare: (app) => setupDocumentation(app, [bells, towers]),
    });
  });

  afterAll(() => application.close());

  const get = (path: string): Promise<Response> => fetch(`${application.url}${path}`);
  const document = async (path: string): Promise<OpenAPIObject> =>
    (await get(path)).json() as Promise<OpenAPIObject>;

  it('serves one document for each dialect, without a token', async () => {
    const [first, second] = [await document('/docs/bells.json'), await document('/docs/towers.json')];
    expect([Object.keys(first.paths), Object.keys(second.paths)]).toEqual([
      ['/bells', '/bells/secret'],
      ['/towers'],
    ]);
    expect(first.openapi).toMatch(/^3\.0\./);
    expect(first.info).toMatchObject({ title: 'Bells API', description: 'Rings.', version: '1.2.3' });
  });

  it('closes every operation by the bearer scheme', async () => {
    const { components, security } = await document('/docs/bells.json');
    expect(security).toEqual([{ bearer: [] }]);
    expect(components?.securitySchemes?.bearer).toMatchObject({
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
    });
  });

  it('documents the query, the problems and AdminOnly', async () => {
    const { paths, components } = await document('/docs/bells.json');
    const list = paths['/bells']?.get;
    expect(list?.operationId).toBe('Bells_list');
    expect(list?.parameters).toEqual([
      expect.objectContaining({
        name: 'pageSize',
        in: 'query',
        required: false,
        description: 'Items on a page.',
        schema: { type: 'integer', minimum: 1, maximum: 200, default: 20 },
      }),
      expect.objectContaining({
        name: 'direction',
        schema: { type: 'string', enum: ['asc', 'desc'], default: 'asc' },
      }),
      expect.objectContaining({
        name: 'tag',
        schema: { type: 'array', items: { type: 'string', minLength: 1, maxLength: 5 } },
      }),
    ]);
    const refused = list?.responses['400'] as {
      description: string;
      content: Record<string, { schema: object; examples: object }>;
    };
    expect(refused.description).toBe(
      '`bell_cracked`: The bell is cracked.\n\n`validation_failed`: A field is at fault.',
    );
    const problem = refused.content['application/problem+json'];
    expect(problem?.schema).toEqual({ $ref: '#/components/schemas/ProblemDto' });
    expect(Object.keys(problem?.examples ?? {})).toEqual(['bell_cracked', 'validation_failed']);
    expect(list?.responses['404']).toMatchObject({ description: '`bell_not_found`: There is no such bell.' });
    expect(components?.schemas?.ProblemDto).toMatchObject({
      required: ['type', 'title', 'status', 'detail', 'instance', 'code', 'traceId'],
    });
    expect(paths['/bells/secret']?.get?.responses['403']).toMatchObject({
      description: '`role_insufficient`: This needs the role admin.',
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/ProblemDto' } } },
    });
  });

  it('builds for a drift test what it serves', async () => {
    const built: unknown = JSON.parse(JSON.stringify(buildDocument(application.app, bells)));
    expect(built).toEqual(await document('/docs/bells.json'));
  });

  it('has one Swagger UI over all documents, that the security headers let run', async () => {
    const page = await get('/docs');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toContain('text/html');
    const html = await page.text();
    const scripts = [...html.matchAll(/<script([^>]*)>/g)].map(([, attributes]) => attributes ?? '');
    expect(scripts.length).toBeGreaterThan(0);
    for (const attributes of scripts) {
      // No inline scripts: the policy forbids them.
      const [, source] = /src="([^"]+)"/.exec(attributes) ?? [];
      expect(source).toBeDefined();
      const script = await get(new URL(source ?? '', `${application.url}/docs`).pathname);
      expect([source, script.status]).toEqual([source, 200]);
      expect(script.headers.get('content-type')).toContain('javascript');
      // A body that nobody reads would keep the connection, and so the application, from closing.
      expect(await script.text()).not.toBe('');
    }
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    const settings = await (await get('/docs/swagger-ui-init.js')).text();
    expect(settings).toContain('"url": "/docs/bells.json"');
    expect(settings).toContain('"url": "/docs/towers.json"');
  });

  it('answers an unknown document like any unknown path', async () => {
    const response = await get('/docs/nothing.json');
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
  });
});
