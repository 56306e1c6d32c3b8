import { createHmac } from 'node:crypto';
import { nextAttemptAt } from './attempts.js';
import { webhookMessage } from './message.js';
import { signatureHeader, signingSecretFault } from './signature.js';
import { keepMaskedWebhook, previousSecret } from './webhook.js';

const now = new Date('2030-01-01T00:00:00.000Z');
const hours = (count: number) => new Date(now.getTime() + count * 3_600_000);

describe('signingSecretFault', () => {
  it.each([
    'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    `whsec_${Buffer.alloc(64, 7).toString('base64')}`,
    `whsec_${Buffer.alloc(32, 7).toString('base64').replace('=', '')}`,
    'sixteen-or-more.',
    'x'.repeat(512),
  ])('accepts %s', (secret) => expect(signingSecretFault(secret)).toBeNull());

  it.each([
    '',
    'fifteen-letters',
    'x'.repeat(513),
    'with spaces in between',
    'whsec_',
    `whsec_${Buffer.alloc(23).toString('base64')}`,
    `whsec_${Buffer.alloc(65).toString('base64')}`,
    'whsec_not.base64.but.long.enough.for.it.all',
  ])('refuses %s', (secret) => expect(signingSecretFault(secret)).toMatch(/^must (be|have) .*base64/));
});

describe('signatureHeader', () => {
  it('signs the known example of the scheme', () => {
    // From the specification of Standard Webhooks and its reference libraries.
    const content = {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestamp: 1614265330,
      body: '{"test": 2432232314}',
    };
    expect(signatureHeader(['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'], content)).toBe(
      'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    );
  });

  it('signs with the bytes of a plain secret, and with each of several', () => {
    const plain = createHmac('sha256', 'a plain text').update('i.1.{}').digest('base64');
    const header = signatureHeader(['a plain text', 'other'], { id: 'i', timestamp: 1, body: '{}' });
    expect(header.split(' ')).toEqual([`v1,${plain}`, expect.stringMatching(/^v1,.{44}$/)]);
  });
});

describe('keepMaskedWebhook', () => {
  it('keeps the signing secret whatever the URL, and what is secret in the URL at its origin only', () => {
    const stored = { url: 'https://a.b/?token=t', secret: 's' };
    const to = (url: string) => keepMaskedWebhook(stored, { url, secret: '***' });
    expect(to('https://a.b/new?token=***')).toEqual({ url: 'https://a.b/new?token=t', secret: 's' });
    expect(to('https://evil.test/?token=***')).toEqual({ url: 'https://evil.test/?token=***', secret: 's' });
  });
});

describe('previousSecret', () => {
  const webhook = (secret: string | null) => ({ url: 'https://a.b/', secret });
  it('goes on for 24 hours after a change, and not after the end of signing', () => {
    const kept = { secret: 'old', until: hours(24).toISOString() };
    expect(previousSecret(webhook('old'), webhook('new'), now)).toEqual(kept);
    expect(previousSecret(webhook('old'), webhook('old'), now)).toBeUndefined();
    for (const [present, wanted] of [
      [null, webhook('new')],
      [webhook(null), webhook('new')],
      [webhook('old'), webhook(null)],
      [webhook('old'), null],
    ] as const)
      expect(previousSecret(present, wanted, now)).toBeNull();
  });
});

describe('nextAttemptAt', () => {
  const period = { now, giveUpAt: hours(24) };
  const pause = (attempt: number, random = 0.5, retryAfterMs = 0) =>
    ((nextAttemptAt(attempt, period, random, retryAfterMs)?.getTime() ?? NaN) - now.getTime()) / 1000;

  it('pauses longer and longer, up to an hour, ±20 %', () => {
    expect([1, 2, 3, 11, 100].map((attempt) => pause(attempt))).toEqual([5, 10, 20, 3600, 3600]);
    expect([pause(1, 0), pause(1, 0.999_999)]).toEqual([4, 6]);
  });

  it('waits as long as the receiver asks, at most to the end of the period', () => {
    expect(pause(1, 0.5, 7_200_000)).toBe(7_200);
    expect(nextAttemptAt(1, { now, giveUpAt: hours(1) }, 0.5, 7_200_000)).toEqual(hours(1));
    expect(nextAttemptAt(1, { now: hours(1), giveUpAt: hours(1) }, 0.5)).toBeNull();
  });
});

describe('webhookMessage', () => {
  const end = { type: 'run.completed', endedAt: now };
  it('is type, timestamp and data', () => {
    expect(JSON.parse(webhookMessage({ ...end, run: { id: 'r', result: [1] } }))).toEqual({
      type: 'run.completed',
      timestamp: '2030-01-01T00:00:00.000Z',
      data: { id: 'r', result: [1] },
    });
  });

  it('leaves out the largest fields where it would be too large', () => {
    const run = {
      id: 'r',
      result: 'ü'.repeat(140_000),
      payload: 'x'.repeat(200_000),
      error: 'e'.repeat(200_000),
    };
    const text = webhookMessage({ ...end, run });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(256 * 1024);
    expect(JSON.parse(text)).toMatchObject({
      data: { id: 'r', result: null, payload: null, error: run.error },
      omitted: ['result', 'payload'],
    });
  });
});
