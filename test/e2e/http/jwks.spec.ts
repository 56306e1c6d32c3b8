import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { Controller, Get } from '@nestjs/common';
import jwt from 'jsonwebtoken';
import { startEndpoint, type Endpoint } from '../../support/http-endpoint.js';
import { SECRET, startApplication, type Application } from './application.js';

@Controller('things')
class ThingsController {
  @Get()
  read(): { read: boolean } {
    return { read: true };
  }
}

interface SigningPair {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly jwk: object;
}

function rsa(kid: string, alg?: string): SigningPair {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    kid,
    privateKey,
    jwk: { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', ...(alg ? { alg } : {}) },
  };
}

function ec(kid: string): SigningPair {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { kid, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'ES256' } };
}

/** An identity provider: its published keys, whether it works, and how often it was asked. */
class IdentityProvider {
  keys: object[] = [];
  status = 200;
  reads = 0;
  endpoint: Endpoint;

  async start(): Promise<void> {
    this.endpoint = await startEndpoint((_request, response) => {
      this.reads += 1;
      response.writeHead(this.status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ keys: this.keys }));
    });
  }
}

function signed(pair: SigningPair, algorithm: jwt.Algorithm, header: object = { kid: pair.kid }): string {
  return jwt.sign({ sub: 'me', iss: 'https://idp.example.com', aud: 'carillon' }, pair.privateKey, {
    algorithm,
    expiresIn: 600,
    header: { alg: algorithm, ...header },
  });
}

describe('access with a JWKS', () => {
  const first = rsa('first', 'RS256');
  const second = rsa('second');
  const elliptic = ec('elliptic');
  const provider = new IdentityProvider();
  let application: Application;

  beforeAll(() => provider.start());
  afterAll(() => provider.endpoint.close());

  beforeEach(async () => {
    provider.keys = [first.jwk, elliptic.jwk];
    provider.status = 200;
    provider.reads = 0;
    application = await startApplication({
      controllers: [ThingsController],
      env: {
        JWT_SECRET: '',
        JWT_JWKS_URL: `${provider.endpoint.origin}/keys`,
        JWT_ISSUER: 'https://idp.example.com',
        JWT_AUDIENCE: 'carillon',
      },
    });
  });

  afterEach(() => application.close());

  const call = (token: string): Promise<Response> =>
    fetch(`${application.url}/things`, { headers: { authorization: `Bearer ${token}` } });

  it('takes RS256 and ES256 from published keys, and asks for the keys once', async () => {
    const statuses = await Promise.all(
      [signed(first, 'RS256'), signed(elliptic, 'ES256'), signed(first, 'RS256')].map(
        async (token) => (await call(token)).status,
      ),
    );
    expect(statuses).toEqual([200, 200, 200]);
    expect(provider.reads).toBe(1);
  });

  it.each<[string, () => string]>([
    ['a key that is not published', () => signed(second, 'RS256')],
    ['a published key id over another key', () => signed(second, 'RS256', { kid: 'first' })],
    ['an algorithm that the key is not for', () => signed(first, 'RS512')],
    ['no key id, of several keys', () => signed(first, 'RS256', {})],
    [
      'HS256 with the public key as the secret',
      () => {
        const { jwk } = first;
        return jwt.sign({ sub: 'me', iss: 'https://idp.example.com', aud: 'carillon' }, JSON.stringify(jwk), {
          algorithm: 'HS256',
          expiresIn: 600,
          keyid: 'first',
        });
      },
    ],
    ['HS256 with the secret of the other mode', () => jwt.sign({ sub: 'me' }, SECRET, { expiresIn: 600 })],
    ['no JWT', () => 'abc'],
  ])('answers 401 to %s', async (_what, token) => {
    const response = await call(token());
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ code: 'token_invalid' });
  });

  it('takes a token without a key id when there is only one key', async () => {
    provider.keys = [first.jwk];
    expect((await call(signed(first, 'RS256', {}))).status).toBe(200);
  });

  it('is not made to ask again and again by made-up key ids', async () => {
    await call(signed(first, 'RS256'));
    const statuses = new Set<number>();
    for (let index = 0; index < 20; index++) {
      statuses.add((await call(signed(second, 'RS256', { kid: `made-up-${index}` }))).status);
    }
    expect(statuses).toEqual(new Set([401]));
    expect(provider.reads).toBeLessThanOrEqual(2);
  });

  it('answers 503, never 401, while the provider is away and the key is unknown', async () => {
    provider.status = 500;
    const response = await call(signed(first, 'RS256'));
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('5');
    expect(await response.json()).toMatchObject({ code: 'auth_unavailable' });
  });

  it('answers 503 where the provider publishes nothing usable', async () => {
    provider.keys = [];
    expect((await call(signed(first, 'RS256'))).status).toBe(503);
  });
});
