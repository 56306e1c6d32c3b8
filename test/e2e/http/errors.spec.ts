import {
  BadRequestException,
  ConflictException,
  Controller,
  Get,
  HttpException,
  InternalServerErrorException,
  Logger,
  Param,
  ServiceUnavailableException,
} from '@nestjs/common';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { DomainError, invalid } from '../../../src/domain/errors.js';
import type { DescribedError } from '../../../src/http/shared/errors/described-error.js';
import {
  isUnder,
  type ErrorPresenter,
  type FailedRequest,
  type PresentedError,
} from '../../../src/http/shared/errors/error-presenter.js';
import { ProblemPresenter } from '../../../src/http/shared/errors/problem.presenter.js';
import { Public } from '../../../src/modules/auth/public.decorator.js';
import { createEmptyDatabase, type TestDatabase } from '../../support/database.js';
import { startRawEndpoint, type Endpoint } from '../../support/http-endpoint.js';
import { startApplication, type Application } from './application.js';

let database: TestDatabase;
let dataSource: DataSource;
let silent: Endpoint;

/** What each path throws; the database errors are real ones. */
const failures: Record<string, () => unknown> = {
  invalid: () => {
    throw invalid([
      { field: 'name', message: 'must be a text' },
      { field: 'name', message: 'is too long' },
      { field: 'a.0.b', message: 'is required' },
    ]);
  },
  'not-found': () => {
    throw new DomainError('not_found', 'job_not_found', 'No job has the id 7.');
  },
  conflict: () => {
    throw new DomainError('conflict', 'name_taken', 'The name is taken.');
  },
  forbidden: () => {
    throw new DomainError('forbidden', 'role_insufficient', 'No.');
  },
  precondition: () => {
    throw new DomainError('precondition', 'precondition_failed', 'The job has changed.');
  },
  unavailable: () => {
    throw new DomainError('unavailable', 'scheduler_away', 'Later.');
  },
  'nest-bad-request': () => {
    throw new BadRequestException(['one', 'two']);
  },
  'nest-conflict': () => {
    throw new ConflictException('Twice.');
  },
  'nest-teapot': () => {
    throw new HttpException('Short and stout.', 418);
  },
  'nest-too-many': () => {
    throw new HttpException('ThrottlerException: Too Many Requests', 429);
  },
  'nest-unavailable': () => {
    throw new ServiceUnavailableException('Draining.');
  },
  'nest-internal': () => {
    throw new InternalServerErrorException('password=hunter2');
  },
  bug: () => (undefined as unknown as { hunter2: { deep: string } }).hunter2.deep,
  'thrown-text': () => {
    // What a library may throw although it should not.
    return Promise.reject(JSON.parse('"hunter2"') as Error);
  },
  'missing-file': async () => (await import('node:fs/promises')).readFile('/nowhere/hunter2'),
  'broken-sql': () => dataSource.query('SELECT hunter2 FROM nothing'),
  'terminated-typeorm': () => dataSource.query('SELECT pg_terminate_backend(pg_backend_pid())'),
  'terminated-driver': async () => {
    const client = new pg.Client({ connectionString: database.url });
    client.on('error', () => undefined);
    await client.connect();
    await client.query('SELECT pg_terminate_backend(pg_backend_pid())');
  },
  'pool-timeout': async () => {
    const { port } = silent;
    const pool = new pg.Pool({ host: '127.0.0.1', port, user: 'x', connectionTimeoutMillis: 50 });
    await pool.query('SELECT 1').finally(() => pool.end());
  },
};

@Public()
@Controller()
class FailingController {
  @Get(['plain/:what', 'strict/:what', 'own/:what'])
  fail(@Param('what') what: string): unknown {
    return failures[what]?.();
  }
}

/** A dialect whose errors have a shape of their own. */
class OwnPresenter implements ErrorPresenter {
  matches(path: string): boolean {
    return isUnder('/own', path);
  }

  present(error: DescribedError, request: FailedRequest): PresentedError {
    return {
      status: error.kind === 'invalid' ? 422 : error.status,
      contentType: 'application/json',
      headers: { ...error.headers, 'x-own': 'yes' },
      body: { error: { code: error.code, details: error.faults }, request_id: request.id },
    };
  }
}

/** A dialect of problems with a status rule and member names of its own. */
class StrictPresenter extends ProblemPresenter {
  constructor() {
    super({ pathPrefix: '/strict', statusOf: ({ kind, status }) => (kind === 'not_found' ? 400 : status) });
  }

  protected override extras(error: DescribedError, request: FailedRequest): object {
    return { code: error.code, trace_id: request.id };
  }
}

describe('errors', () => {
  let application: Application;

  beforeAll(async () => {
    database = await createEmptyDatabase();
    dataSource = await new DataSource({
      type: 'postgres',
      url: database.url,
      poolErrorHandler: () => undefined,
    }).initialize();
    silent = await startRawEndpoint((socket) => socket.resume());
    application = await startApplication({
      controllers: [FailingController],
      presenters: [new OwnPresenter(), new StrictPresenter()],
    });
  });

  afterAll(async () => {
    await application.close();
    await silent.close();
    await dataSource.destroy();
    await database.drop();
  });

  const call = (path: string): Promise<Response> => fetch(`${application.url}${path}`);

  it('are problems with everything that helps to mend them', async () => {
    const response = await call('/plain/invalid?x=1');
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toEqual({
      type: 'urn:carillon:error:validation_failed',
      title: 'Bad Request',
      status: 400,
      detail: 'name: must be a text; name: is too long; a.0.b: is required',
      instance: '/plain/invalid',
      code: 'validation_failed',
      traceId: response.headers.get('x-request-id'),
      errors: { name: ['must be a text', 'is too long'], 'a.0.b': ['is required'] },
    });
  });

  it.each([
    ['not-found', 404, 'job_not_found', 'No job has the id 7.'],
    ['conflict', 409, 'name_taken', 'The name is taken.'],
    ['forbidden', 403, 'role_insufficient', 'No.'],
    ['precondition', 412, 'precondition_failed', 'The job has changed.'],
    ['unavailable', 503, 'scheduler_away', 'Later.'],
    ['nest-bad-request', 400, 'bad_request', 'one; two'],
    ['nest-conflict', 409, 'conflict', 'Twice.'],
    ['nest-teapot', 418, 'i_m_a_teapot', 'Short and stout.'],
    ['nest-too-many', 429, 'rate_limited', 'Too many requests; try again later.'],
    ['nest-unavailable', 503, 'unavailable', 'Draining.'],
  ])('%s is %d %s', async (what, status, code, detail) => {
    const response = await call(`/plain/${what}`);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ status, code, detail });
  });

  it.each(['terminated-typeorm', 'terminated-driver', 'pool-timeout'])(
    'a database that is away is a 503 to try again: %s',
    async (what) => {
      const response = await call(`/plain/${what}`);
      expect(response.status).toBe(503);
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await response.json()).toMatchObject({ code: 'database_unavailable' });
    },
  );

  it.each(['bug', 'thrown-text', 'nest-internal', 'missing-file', 'broken-sql'])(
    'what nobody foresaw tells nothing, and is logged with the request id: %s',
    async (what) => {
      const logged: unknown[] = [];
      const writer = {
        log: () => undefined,
        warn: () => undefined,
        error: (entry: unknown) => logged.push(entry),
      };
      Logger.overrideLogger(writer);
      try {
        const response = await call(`/plain/${what}`);
        expect(response.status).toBe(500);
        const text = await response.text();
        expect(text).not.toContain('hunter2');
        expect(JSON.parse(text)).toMatchObject({ code: 'internal_error', title: 'Internal Server Error' });
        expect(logged).toEqual([
          expect.objectContaining({
            err: expect.anything(),
            requestId: response.headers.get('x-request-id'),
            method: 'GET',
            path: `/plain/${what}`,
          }),
        ]);
      } finally {
        Logger.overrideLogger(false);
      }
    },
  );

  it('are presented by the dialect of the path', async () => {
    const response = await call('/own/invalid');
    expect(response.status).toBe(422);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('x-own')).toBe('yes');
    expect(await response.json()).toEqual({
      error: {
        code: 'validation_failed',
        details: [
          { field: 'name', message: 'must be a text' },
          { field: 'name', message: 'is too long' },
          { field: 'a.0.b', message: 'is required' },
        ],
      },
      request_id: response.headers.get('x-request-id'),
    });
  });

  it('are presented by the dialect of a path without a route too, but not by that of a similar path', async () => {
    expect((await call('/own/no/such/thing')).headers.get('x-own')).toBe('yes');
    expect((await call('/own%ZZ')).headers.get('x-own')).toBeNull();
    expect((await call('/owner')).headers.get('x-own')).toBeNull();
  });

  it('follow the status rule and the names of a dialect of problems', async () => {
    const response = await call('/strict/not-found');
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      type: 'urn:carillon:error:job_not_found',
      title: 'Bad Request',
      status: 400,
      detail: 'No job has the id 7.',
      instance: '/strict/not-found',
      code: 'job_not_found',
      trace_id: response.headers.get('x-request-id'),
    });
  });
});
