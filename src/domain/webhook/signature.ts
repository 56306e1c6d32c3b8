import { createHmac } from 'node:crypto';

/** The prefix of a secret that is written in base64. */
const PREFIX = 'whsec_';
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;
const VISIBLE = /^[\x21-\x7e]+$/;
const KEY_BYTES = { min: 24, max: 64 };
const PLAIN_LENGTH = { min: 16, max: 512 };

/** What is wrong with a secret that is to sign webhooks; null: nothing. */
export function signingSecretFault(secret: string): string | null {
  if (secret.startsWith(PREFIX)) {
    const bytes = decoded(secret)?.length ?? 0;
    return bytes >= KEY_BYTES.min && bytes <= KEY_BYTES.max
      ? null
      : `must have base64 of ${KEY_BYTES.min} to ${KEY_BYTES.max} random bytes after "${PREFIX}", as \`openssl rand -base64 32\` gives`;
  }
  const { length } = secret;
  return length >= PLAIN_LENGTH.min && length <= PLAIN_LENGTH.max && VISIBLE.test(secret)
    ? null
    : `must be "${PREFIX}" and base64, or ${PLAIN_LENGTH.min} to ${PLAIN_LENGTH.max} visible ASCII characters without spaces`;
}

/** What is signed of one attempt. */
export interface SignedContent {
  /** The same over all attempts. */
  id: string;
  /** Of the attempt, in seconds since the epoch. */
  timestamp: number;
  body: string;
}

/**
 * The header `webhook-signature` of the Standard Webhooks scheme: for each secret `v1,` and the base64 of the
 * HMAC-SHA256 over `id.timestamp.body`. The key is what the base64 after `whsec_` stands for, else the secret's own bytes.
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function signatureHeader(secrets: readonly string[], { id, timestamp, body }: SignedContent): string {
  const content = `${id}.${timestamp}.${body}`;
  return secrets
    .map((secret) => `v1,${createHmac('sha256', keyOf(secret)).update(content).digest('base64')}`)
    .join(' ');
}

function keyOf(secret: string): Buffer {
  return (secret.startsWith(PREFIX) ? decoded(secret) : null) ?? Buffer.from(secret);
}

function decoded(secret: string): Buffer | null {
  const base64 = secret.slice(PREFIX.length);
  return BASE64.test(base64) ? Buffer.from(base64, 'base64') : null;
}
