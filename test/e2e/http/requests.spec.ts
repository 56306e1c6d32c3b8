import { connect } from 'node:net';
import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { IsArray, IsInt, IsObject, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { NestedList, NestedObject } from '../../../src/http/shared/validation/nested.decorator.js';
import { parseId } from '../../../src/http/shared/validation/parse-id.js';
import {
  QueryBoolean,
  QueryChoice,
  QueryInstant,
  QueryInteger,
  QueryText,
  QueryTexts,
} from '../../../src/http/shared/validation/query-decorators.js';
import { jobNotFound } from '../../../src/domain/errors.js';
import { bearer, postJson, startApplication, type Application } from './application.js';

class RetryDto {
  @IsInt()
  @Min(1)
  @Max(10)
  maxAttempts: number;
}

class StepDto {
  @IsString()
  name: string;
}

class ThingDto {
  @IsString()
  @MaxLength(20)
  name: string;

  @IsOptional()
  @NestedObject(() => RetryDto)
  retryPolicy?: RetryDto;

  @IsOptional()
  @NestedList(() => StepDto, { max: 100 })
  steps?: StepDto[];

  @IsOptional()
  @IsArray()
  @IsString({ each: true })
  @MaxLength(5, { each: true })
  tags?: string[];

  @IsOptional()
  @IsObject()
  payload?: Record<string, unknown>;
}

class ListQuery {
  @QueryInteger({ min: 1, max: 200, default: 20 })
  pageSize: number;

  @QueryBoolean()
  enabled?: boolean;

  @QueryInstant()
  from?: Date;

  @QueryText({ maxLength: 10 })
  search?: string;

  @QueryTexts({ maxLength: 5 })
  tag?: string[];

  @QueryChoice(['asc', 'desc'], { default: 'asc' })
  direction: string;
}

@Controller('things')
class ThingsController {
  @Post()
  create(@Body() thing: ThingDto): unknown {
    return { thing };
  }

  @Post('free')
  free(@Body() body: unknown): unknown {
    return { body: body ?? null };
  }

  @Get()
  list(@Query() query: ListQuery): unknown {
    return query;
  }

  @Get(':id')
  one(@Param('id') id: string): unknown {
    return { id: parseId(id, jobNotFound) };
  }

  @Delete(':id')
  remove(@Param('id') id: string): unknown {
    return { id };
  }
}

interface ProblemBody {
  code: string;
  detail: string;
  errors?: Record<string, string[]>;
}

describe('requests', () => {
  let application: Application;

  beforeAll(async () => {
    application = await startApplication({
      controllers: [ThingsController],
      bodyLimitBytes: 10_000,
      bodyLimits: { '/things/free': 300_000 },
    });
  });

  afterAll(() => application.close());

  const things = (): string => `${application.url}/things`;
  const get = (path: string): Promise<Response> => fetch(`${things()}${path}`, { headers: bearer('viewer') });
  const problem = async (response: Response): Promise<ProblemBody> => (await response.json()) as ProblemBody;

  describe('a JSON body', () => {
    it('passes as it is, also with names and texts that are unusual', async () => {
      const thing = {
        name: 'a "quoted" náme 🎵',
        retryPolicy: { maxAttempts: 3 },
        steps: [{ name: 'x' }],
        tags: ['a', 'b'],
        payload: {
          prototype: 1,
          nested: { toString: null, list: [[], {}, null, 0.1, '5'] },
          camelCase_and_snake: 1,
        },
      };
      const response = await postJson(things(), JSON.stringify(thing));
      expect(response.status).toBe(201);
      expect(await response.json()).toEqual({ thing });
    });

    it.each([
      ['{"name":}', 'malformed_json'],
      ['{"name":"x"', 'malformed_json'],
      ["{'name':'x'}", 'malformed_json'],
      ['{"name":"a\nb"}', 'malformed_json'],
      ['undefined', 'malformed_json'],
    ])('is a 400 when it is not JSON: %s', async (body, code) => {
      const response = await postJson(things(), body);
      expect(response.status).toBe(400);
      const { code: told, detail } = await problem(response);
      expect(told).toBe(code);
      expect(detail).toMatch(/^The body is not valid JSON: .+\.$/);
    });

    it('is a 400 when it is not UTF-8', async () => {
      const response = await postJson(things(), Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]));
      expect(response.status).toBe(400);
      expect(await problem(response)).toMatchObject({ code: 'malformed_json' });
    });

    it('may be empty where no field is required', async () => {
      const response = await postJson(`${things()}/free`, '');
      expect(response.status).toBe(201);
      expect(await response.json()).toEqual({ body: null });
    });

    it.each(['text/plain; charset=utf-8', 'application/x-www-form-urlencoded', 'nonsense'])(
      'is none when it is empty, also as %s',
      async (type) => {
        const response = await postJson(`${things()}/free`, '', { 'content-type': type });
        expect(response.status).toBe(201);
        expect(await response.json()).toEqual({ body: null });
      },
    );

    it('misses its fields when it is empty or null', async () => {
      for (const body of ['', '  ', 'null', '{}']) {
        const response = await postJson(things(), body);
        expect(response.status).toBe(400);
        expect((await problem(response)).errors).toEqual({ name: ['is required'] });
      }
    });

    it('is read with a charset, and as a +json type', async () => {
      for (const type of [
        'application/json; charset=utf-8',
        'Application/JSON',
        'application/vnd.api+json',
      ]) {
        expect((await postJson(things(), '{"name":"x"}', { 'content-type': type })).status).toBe(201);
      }
    });

    it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'nonsense'])(
      'is a 415 as %s',
      async (type) => {
        const response = await postJson(things(), '{"name":"x"}', { 'content-type': type });
        expect(response.status).toBe(415);
        expect(await problem(response)).toMatchObject({ code: 'unsupported_media_type' });
      },
    );

    it('is a 413 when it is too large, unless the route takes more', async () => {
      const large = JSON.stringify({ name: 'x', payload: { text: 'x'.repeat(10_000) } });
      const response = await postJson(things(), large);
      expect(response.status).toBe(413);
      expect(response.headers.get('content-type')).toBe('application/problem+json');
      expect(await problem(response)).toMatchObject({ code: 'body_too_large' });
      expect((await postJson(`${things()}/free`, large)).status).toBe(201);
    });

    it.each([
      ['{"name":"a\\u0000b"}', { name: ['must not contain the character U+0000'] }],
      [
        '{"name":"x","payload":{"a":[1,{"b":"\\u0000"}]}}',
        { 'payload.a.1.b': ['must not contain the character U+0000'] },
      ],
      [
        '{"name":"x","payload":{"a\\u0000":1}}',
        { 'payload.a\ufffd': ['has a name that must not contain the character U+0000'] },
      ],
      ['{"name":"x","tags":["\\ud83c"]}', { 'tags.0': ['must not contain half of a surrogate pair'] }],
      [
        '{"name":"x","payload":{"__proto__":{"admin":true}}}',
        { 'payload.__proto__': ['is a reserved name'] },
      ],
      ['{"name":"x","\\u005f_proto__":1}', { ['__proto__']: ['is a reserved name'] }],
      ['{"name":"x","payload":{"constructor":{}}}', { 'payload.constructor': ['is a reserved name'] }],
      ['"\\u0000"', { body: ['must not contain the character U+0000'] }],
    ])('names what cannot be stored or copied: %s', async (body, errors) => {
      const response = await postJson(things(), body);
      expect(response.status).toBe(400);
      const told = await problem(response);
      expect(told.code).toBe('validation_failed');
      expect(Object.entries(told.errors ?? {})).toEqual(Object.entries(errors));
    });

    it('is a 400 when it is nested without end', async () => {
      const response = await postJson(`${things()}/free`, `${'['.repeat(100_000)}${']'.repeat(100_000)}`);
      expect(response.status).toBe(400);
      expect((await problem(response)).detail).toContain('is nested more than 100 levels deep');
    });

    it('may be nested a hundred levels', async () => {
      const deep = `${'['.repeat(100)}${']'.repeat(100)}`;
      expect((await postJson(`${things()}/free`, deep)).status).toBe(201);
      expect((await postJson(`${things()}/free`, `[${deep}]`)).status).toBe(400);
    });
  });

  describe('validation', () => {
    it.each<[string, object, Record<string, string[]>]>([
      ['a missing field', { tags: [] }, { name: ['is required'] }],
      [
        'a number for a text',
        { name: 5 },
        { name: ['must be shorter than or equal to 20 characters', 'must be a string'] },
      ],
      [
        'a text for a number',
        { name: 'x', retryPolicy: { maxAttempts: '5' } },
        { 'retryPolicy.maxAttempts': expect.arrayContaining(['must be an integer number']) as string[] },
      ],
      [
        'a nested range',
        { name: 'x', retryPolicy: { maxAttempts: 0 } },
        { 'retryPolicy.maxAttempts': ['must not be less than 1'] },
      ],
      [
        'a nested missing field',
        { name: 'x', retryPolicy: {} },
        { 'retryPolicy.maxAttempts': ['is required'] },
      ],
      ['a text for an object', { name: 'x', retryPolicy: 'often' }, { retryPolicy: ['must be an object'] }],
      [
        'items of a list',
        { name: 'x', tags: ['a', 5, 'b', 'too long'] },
        {
          'tags.1': expect.arrayContaining(['must be a string']) as string[],
          'tags.3': ['must be shorter than or equal to 5 characters'],
        },
      ],
      [
        'objects of a list',
        { name: 'x', steps: [{ name: 'a' }, { name: 1 }, {}] },
        { 'steps.1.name': ['must be a string'], 'steps.2.name': ['is required'] },
      ],
      ['a text among objects', { name: 'x', steps: ['a'] }, { 'steps.0': ['must be an object'] }],
      [
        'no list',
        { name: 'x', tags: 'a' },
        { tags: expect.arrayContaining(['must be an array']) as string[] },
      ],
      ['an unknown field', { name: 'x', colour: 1 }, { colour: ['is not a known field'] }],
      [
        'a misspelt field',
        { name: 'x', retry_policy: {} },
        { retry_policy: ['is not a known field; did you mean "retryPolicy"?'] },
      ],
      [
        'a misspelt nested field',
        { name: 'x', retryPolicy: { maxAttempts: 1, maxAtempts: 1 } },
        { 'retryPolicy.maxAtempts': ['is not a known field; did you mean "maxAttempts"?'] },
      ],
      [
        'an unknown field of a list item',
        { name: 'x', steps: [{ name: 'a', nmae: 1 }] },
        { 'steps.0.nmae': ['is not a known field; did you mean "name"?'] },
      ],
      ['a list as the body', [{ name: 'x' }], { body: ['must be an object'] }],
    ])('names %s', async (_what, body, errors) => {
      const response = await postJson(things(), JSON.stringify(body));
      expect(response.status).toBe(400);
      const told = await problem(response);
      expect(told).toMatchObject({ code: 'validation_failed', errors });
      expect(Object.keys(told.errors ?? {})).toEqual(Object.keys(errors));
    });

    it('names several faults at once', async () => {
      const response = await postJson(
        things(),
        JSON.stringify({ naem: 'x', retryPolicy: { maxAttempts: 11 } }),
      );
      expect(Object.keys((await problem(response)).errors ?? {}).sort()).toEqual([
        'naem',
        'name',
        'retryPolicy.maxAttempts',
      ]);
    });

    it('does not repeat a hostile body without end', async () => {
      const body = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`unknown${index}`, 1]));
      const told = await problem(await postJson(things(), JSON.stringify(body)));
      expect(Object.keys(told.errors ?? {}).length).toBeLessThanOrEqual(50);
    });
  });

  describe('a query', () => {
    it('has its defaults', async () => {
      expect(await (await get('')).json()).toEqual({ pageSize: 20, direction: 'asc' });
    });

    it('is converted by its decorators', async () => {
      const response = await get(
        '?pageSize=200&enabled=false&from=2026-03-01T09:30:00%2B02:00&search=5&tag=a&tag=5&direction=desc',
      );
      expect(await response.json()).toEqual({
        pageSize: 200,
        enabled: false,
        from: '2026-03-01T07:30:00.000Z',
        search: '5',
        tag: ['a', '5'],
        direction: 'desc',
      });
    });

    it.each([
      ['True', true],
      ['FALSE', false],
    ])('takes a boolean in any letter case: %s', async (text, enabled) => {
      expect(await (await get(`?enabled=${text}`)).json()).toMatchObject({ enabled });
    });

    it('takes one text as a list, and an unescaped + in an instant', async () => {
      const response = await get('?tag=a&from=2026-03-01T09:30:00+02:00');
      expect(await response.json()).toMatchObject({ tag: ['a'], from: '2026-03-01T07:30:00.000Z' });
    });

    it.each([
      ['pageSize=0', 'pageSize', 'must be a whole number from 1 to 200'],
      ['pageSize=201', 'pageSize', 'must be a whole number from 1 to 200'],
      ['pageSize=1e2', 'pageSize', 'must be a whole number from 1 to 200'],
      ['pageSize=', 'pageSize', 'must be a whole number from 1 to 200'],
      ['pageSize=1&pageSize=2', 'pageSize', 'must be a whole number from 1 to 200'],
      ['enabled=yes', 'enabled', 'must be true or false'],
      ['from=2026-02-30T00:00:00Z', 'from', /ISO 8601/],
      ['from=2026-03-01T00:00:00', 'from', /ISO 8601/],
      ['search=', 'search', /1 to 10 characters/],
      ['search=a&search=b', 'search', /given once/],
      ['tag=a&tag=toolong', 'tag', /1 to 5 characters/],
      ['direction=up', 'direction', 'must be one of asc, desc'],
      ['pagesize=1', 'pagesize', 'is not a known field; did you mean "pageSize"?'],
      ['search=a%00b', 'search', 'must not contain the character U+0000'],
      ['a%00b=1', 'a\ufffdb', 'must not contain the character U+0000'],
      ['__proto__=1', '__proto__', 'is a reserved name'],
      ['constructor=1', 'constructor', 'is a reserved name'],
    ])('is a 400: %s', async (query, field, message) => {
      const response = await get(`?${query}`);
      expect(response.status).toBe(400);
      const { errors } = await problem(response);
      expect(Object.keys(errors ?? {})).toEqual([field]);
      expect(Object.values(errors ?? {})[0]?.[0]).toMatch(message);
    });
  });

  describe('a path', () => {
    it('with an id is answered in lower case', async () => {
      const response = await get('/0190C2F4-9B57-7C1A-8C7B-2D1F0E5A4B3C');
      expect(await response.json()).toEqual({ id: '0190c2f4-9b57-7c1a-8c7b-2d1f0e5a4b3c' });
    });

    it.each(['5', 'not-an-id', `${'x'.repeat(400)}`, '%F0%9F%8E%B5'])(
      'with no id is an unknown one: %s',
      async (id) => {
        const response = await get(`/${id}`);
        expect(response.status).toBe(404);
        expect(await problem(response)).toMatchObject({ code: 'job_not_found' });
      },
    );

    it('with U+0000 is a 400', async () => {
      const response = await get('/a%00b');
      expect(response.status).toBe(400);
      expect((await problem(response)).errors).toEqual({ id: ['must not contain the character U+0000'] });
    });

    it('that is malformed or far too long is refused in the same shape', async () => {
      const malformed = await rawGet(application.url, '/things/%ZZ');
      expect(malformed).toContain('400 Bad Request');
      expect(malformed).toContain('application/problem+json');
      const long = await get(`/${'x'.repeat(600)}`);
      expect(long.status).toBe(414);
      expect(await problem(long)).toMatchObject({ code: 'uri_too_long' });
    });

    it('that is unknown is a 404, whatever the body', async () => {
      for (const response of [
        await fetch(`${application.url}/nowhere?x=1`),
        await postJson(`${application.url}/nowhere`, '{"name":}'),
        await postJson(`${application.url}/nowhere`, 'x', { 'content-type': 'text/plain' }),
      ]) {
        expect(response.status).toBe(404);
        expect(await problem(response)).toMatchObject({ code: 'route_not_found', instance: '/nowhere' });
      }
    });

    it('that does not take a method says which it takes', async () => {
      const response = await fetch(`${things()}/5`, { method: 'PUT' });
      expect(response.status).toBe(405);
      expect(response.headers.get('allow')).toBe('DELETE, GET, HEAD');
      expect(await problem(response)).toMatchObject({ code: 'method_not_allowed' });
    });
  });

  describe('the request id', () => {
    it('is the one that was sent, on success and on failure', async () => {
      for (const path of ['', '/5', '/a%00b']) {
        const response = await fetch(`${things()}${path}`, {
          headers: { ...bearer('viewer'), 'x-request-id': 'trace-1/2:3' },
        });
        expect(response.headers.get('x-request-id')).toBe('trace-1/2:3');
        const body = (await response.json()) as { traceId?: string };
        if (path !== '') expect(body.traceId).toBe('trace-1/2:3');
      }
    });

    it.each(['', ' ', 'two words', '"quoted"', 'x'.repeat(129), '<script>'])(
      'is made where what was sent is not usable: %j',
      async (sent) => {
        const response = await fetch(things(), { headers: { ...bearer('viewer'), 'x-request-id': sent } });
        expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      },
    );
  });

  describe('security headers', () => {
    it.each(['/things', '/nowhere', '/things/%00'])('stand on %s', async (path) => {
      const { headers } = await fetch(`${application.url}${path}`, { headers: bearer('viewer') });
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('strict-transport-security')).toBeNull();
    });
  });
});

describe('CORS', () => {
  const preflight = (url: string, origin: string): Promise<Response> =>
    fetch(`${url}/things`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'DELETE',
        'access-control-request-headers': 'authorization',
      },
    });

  it('is off unless it is configured', async () => {
    const application = await startApplication({ controllers: [ThingsController] });
    try {
      const response = await preflight(application.url, 'https://app.example.com');
      expect(response.status).toBe(405);
      const answered = await fetch(`${application.url}/things`, {
        headers: { origin: 'https://app.example.com', ...bearer('viewer') },
      });
      expect(answered.status).toBe(200);
      expect(answered.headers.get('access-control-allow-origin')).toBeNull();
    } finally {
      await application.close();
    }
  });

  it('lets in the configured origins alone', async () => {
    const application = await startApplication({
      controllers: [ThingsController],
      env: { CORS_ORIGINS: 'https://app.example.com,http://localhost:5173' },
    });
    try {
      const allowed = await preflight(application.url, 'http://localhost:5173');
      expect(allowed.status).toBe(204);
      expect(allowed.headers.get('access-control-allow-origin')).toBe('http://localhost:5173');
      expect(allowed.headers.get('access-control-allow-methods')).toContain('DELETE');
      expect(allowed.headers.get('access-control-allow-headers')?.toLowerCase()).toContain('authorization');
      const strange = await preflight(application.url, 'https://evil.example.com');
      expect(strange.headers.get('access-control-allow-origin')).toBeNull();
      const unauthenticated = await fetch(`${application.url}/things`, {
        headers: { origin: 'https://app.example.com' },
      });
      expect(unauthenticated.status).toBe(401);
      expect(unauthenticated.headers.get('access-control-allow-origin')).toBe('https://app.example.com');
      expect(unauthenticated.headers.get('access-control-expose-headers')?.toLowerCase()).toContain(
        'x-request-id',
      );
      expect((await fetch(`${application.url}/nowhere`)).status).toBe(404);
    } finally {
      await application.close();
    }
  });
});

/** A GET whose path no client library would send as it is. */
function rawGet(url: string, path: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => {
      socket.write(`GET ${path} HTTP/1.1\r\nHost: ${hostname}\r\nConnection: close\r\n\r\n`);
    });
    socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
    socket.on('end', () => resolve(answer)).on('error', reject);
  });
}
