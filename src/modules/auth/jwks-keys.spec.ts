import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { JwksKeys } from './jwks-keys.js';

const MINUTE = 60_000;

function jwk(kid: string): object {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'ES256' };
}

describe('JwksKeys', () => {
  const [one, two] = [jwk('one'), jwk('two')];
  let server: Server;
  let url: string;
  let published: object[];
  let answer: 'keys' | 'error' | 'nothing';
  let reads: number;
  let now: number;
  let keys: JwksKeys;

  beforeEach(async () => {
    [published, answer, reads, now] = [[one], 'keys', 0, 0];
    server = createServer((_request, response) => {
      reads += 1;
      if (answer === 'nothing') return;
      response.statusCode = answer === 'error' ? 503 : 200;
      response.end(JSON.stringify({ keys: published }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    keys = new JwksKeys(url, { maxAgeMs: 10 * MINUTE, staleMs: 60 * MINUTE, cooldownMs: MINUTE }, () => now);
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const find = (kid: string): Promise<string> =>
    keys.keyFor(kid, 'ES256').then(
      () => 'found',
      (error: { code: string }) => error.code,
    );

  /** Polls, because a refresh in the background is not to be waited for otherwise. */
  async function becomes(kid: string, expected: string): Promise<void> {
    const deadline = Date.now() + 10_000;
    while ((await find(kid)) !== expected) {
      if (Date.now() > deadline) throw new Error(`${kid} never became ${expected}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  it('reads the keys at the first question and keeps them', async () => {
    expect(await find('one')).toBe('found');
    now = 9 * MINUTE;
    expect(await find('one')).toBe('found');
    expect(reads).toBe(1);
  });

  it('finds a rotated key at its first token', async () => {
    await find('one');
    now = 2 * MINUTE;
    published = [one, two];
    expect(await find('two')).toBe('found');
    expect(reads).toBe(2);
  });

  it('reads at most once in the cooldown', async () => {
    expect(await find('two')).toBe('token_invalid');
    now = 0.9 * MINUTE;
    published = [one, two];
    expect(await find('two')).toBe('token_invalid');
    expect(reads).toBe(1);
    now = 1.1 * MINUTE;
    expect(await find('two')).toBe('found');
  });

  it('reads once for all that ask at the same time', async () => {
    expect(await Promise.all(Array.from({ length: 10 }, () => find('one')))).toEqual(Array(10).fill('found'));
    expect(reads).toBe(1);
  });

  it('forgets a withdrawn key when the keys have aged', async () => {
    await find('one');
    published = [two];
    now = 11 * MINUTE;
    await becomes('one', 'token_invalid');
    expect(await find('two')).toBe('found');
  });

  it('goes on with known keys while the provider is away, but not for ever', async () => {
    await find('one');
    answer = 'error';
    now = 50 * MINUTE;
    expect(await find('one')).toBe('found');
    now = 61 * MINUTE;
    await becomes('one', 'auth_unavailable');
    answer = 'keys';
    now = 63 * MINUTE;
    expect(await find('one')).toBe('found');
  });

  it('says that it cannot know an unknown key while the provider is away', async () => {
    await find('one');
    answer = 'error';
    now = 2 * MINUTE;
    expect(await find('two')).toBe('auth_unavailable');
    expect(await find('two')).toBe('auth_unavailable');
  });

  it('gives up on a provider that never answers', async () => {
    answer = 'nothing';
    keys = new JwksKeys(url, { timeoutMs: 50 }, () => now);
    expect(await find('one')).toBe('auth_unavailable');
  });

  it('holds a key to the algorithm that it was published for', async () => {
    await expect(keys.keyFor('one', 'ES384')).rejects.toMatchObject({ code: 'token_invalid' });
  });
});
