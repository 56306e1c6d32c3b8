import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import type { DescribedError } from '../../../src/http/shared/errors/described-error.js';
import {
  type ErrorPresenter,
  type FailedRequest,
  isUnder,
  type PresentedError,
} from '../../../src/http/shared/errors/error-presenter.js';
import { Public } from '../../../src/modules/auth/public.decorator.js';
import { postJson, startApplication, type Application } from './application.js';

@Public()
@Controller('things')
class ThingsController {
  @Post()
  create(@Body() body: unknown): unknown {
    return { body };
  }

  @Get(':id')
  one(@Param('id') id: string): unknown {
    return { id };
  }
}

/** A dialect whose errors have a shape of their own. */
class OwnPresenter implements ErrorPresenter {
  matches(path: string): boolean {
    return isUnder('/own', path);
  }

  present({ status, code }: DescribedError, { id, path }: FailedRequest): PresentedError {
    return { status, contentType: 'application/json', body: { error: { code }, path, request_id: id } };
  }
}

interface RawAnswer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

describe('requests that are refused before a handler sees them', () => {
  let application: Application;

  beforeAll(async () => {
    application = await startApplication({
      controllers: [ThingsController],
      presenters: [new OwnPresenter()],
    });
  });

  afterAll(() => application.close());

  /** Sends bytes that no client library would send, and reads the answer to the end of the connection. */
  async function exchange(...lines: string[]): Promise<RawAnswer> {
    const { hostname, port } = new URL(application.url);
    const text = await new Promise<string>((resolve, reject) => {
      let answer = '';
      const socket = connect(Number(port), hostname, () => socket.write(`${lines.join('\r\n')}\r\n\r\n`));
      socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
      socket.on('end', () => resolve(answer)).on('error', reject);
    });
    const [head = '', body = ''] = text.split('\r\n\r\n');
    const [start = '', ...fields] = head.split('\r\n');
    const pairs = fields.map((field): [string, string] => {
      const colon = field.indexOf(':');
      return [field.slice(0, colon), field.slice(colon + 1).trim()];
    });
    return {
      status: Number(start.split(' ')[1]),
      headers: new Headers(pairs),
      body: JSON.parse(body) as Record<string, unknown>,
    };
  }

  const expectProtected = (headers: Headers): void => {
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('DENY');
  };

  const HOST = 'Host: localhost';
  const CLOSE = 'Connection: close';
  const get = (path: string, ...more: string[]): string[] => [`GET ${path} HTTP/1.1`, ...more];
  const post = (...more: string[]): string[] => ['POST /things?x=1 HTTP/1.1', ...more];

  it.each<[string, string[], number, string, string]>([
    [
      'an over-long parameter',
      get(`/things/${'a'.repeat(600)}`, HOST, CLOSE),
      414,
      'uri_too_long',
      'too long',
    ],
    ['a malformed path', get('/things/%zz', HOST, CLOSE), 400, 'bad_request', '%zz'],
    [
      'headers that are too large',
      get('/things/1', HOST, `X: ${'x'.repeat(20_000)}`),
      431,
      'headers_too_large',
      '16 KiB',
    ],
    ['a bad Content-Length', post(HOST, 'Content-Length: abc'), 400, 'malformed_request', 'Content-Length'],
    [
      'Content-Length beside Transfer-Encoding',
      post(HOST, 'Content-Length: 3', 'Transfer-Encoding: chunked'),
      400,
      'malformed_request',
      'Transfer-Encoding',
    ],
    ['no Host', get('/things/1', CLOSE), 400, 'host_missing', '"Host"'],
    ['an unknown Expect', get('/things/1', HOST, CLOSE, 'Expect: x'), 417, 'expectation_failed', '"Expect"'],
  ])('are problems like all others: %s', async (_what, lines, status, code, mention) => {
    const { headers, body, status: answered } = await exchange(...lines);
    expect(answered).toBe(status);
    expect(headers.get('content-type')).toBe('application/problem+json');
    expectProtected(headers);
    expect(body).toMatchObject({
      type: `urn:carillon:error:${code}`,
      status,
      code,
      detail: expect.stringContaining(mention),
      traceId: headers.get('x-request-id'),
    });
    expect(body.instance).toBe(lines[0]?.split(' ')[1]?.replace('?x=1', ''));
  });

  it('have the shape of the dialect of their path, as far as that can be read', async () => {
    const own = await exchange('POST /own/x HTTP/1.1', HOST, 'Content-Length: abc');
    expect(own.body).toEqual({
      error: { code: 'malformed_request' },
      path: '/own/x',
      request_id: own.headers.get('x-request-id'),
    });
    const unreadable = await exchange('nonsense');
    expect(unreadable).toMatchObject({ status: 400, body: { code: 'malformed_request', instance: '/' } });
  });

  it('need no Host in HTTP/1.0', async () => {
    expect(await exchange('GET /things/1 HTTP/1.0')).toMatchObject({ status: 200, body: { id: '1' } });
  });

  it.each([
    ['compressed', gzipSync('{"a":1}')],
    ['plain', '{"a":1}'],
  ])(
    'are a 415 that names the header when a body is said to be compressed, and is %s',
    async (_what, body) => {
      const response = await postJson(`${application.url}/things`, body, { 'content-encoding': 'gzip' });
      expect(response.status).toBe(415);
      expect(response.headers.get('accept-encoding')).toBe('identity');
      expectProtected(response.headers);
      expect(await response.json()).toMatchObject({
        code: 'unsupported_media_type',
        detail: expect.stringContaining('"Content-Encoding"'),
      });
    },
  );

  it('take a body that is not compressed and says so', async () => {
    const response = await postJson(`${application.url}/things`, '{"a":1}', {
      'content-encoding': 'identity',
    });
    expect(response.status).toBe(201);
  });
});
