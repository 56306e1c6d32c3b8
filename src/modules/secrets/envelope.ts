import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

const VERSION = 'v1';
const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const ENVELOPE = /^v1\.([0-9a-f]{8})\.([A-Za-z0-9_-]{80})\.([A-Za-z0-9_-]{38,})$/;

/** What an envelope is bound to: it opens nowhere else. */
export interface Binding {
  scope: string;
  name: string;
}

/** Why an envelope does not open; the message holds nothing of its content. */
export class EnvelopeError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'EnvelopeError';
  }
}

/** Whether a text has the form of an envelope. */
export function isEnvelope(text: string): boolean {
  return ENVELOPE.test(text);
}

/**
 * Seals and opens envelopes `v1.keyId.wrappedDek.ciphertext`: each text has a data key of its own, which the
 * master key wraps. Rotating the master key therefore only re-wraps data keys.
 */
export class Keyring {
  private readonly keys: ReadonlyMap<string, Buffer>;
  /** The id of the key that new envelopes are sealed under: a short digest of it. */
  readonly keyId: string;

  /**
   * @param key the master key, 32 bytes
   * @param previous older master keys, under which envelopes may still be
   */
  constructor(
    private readonly key: Buffer,
    previous: readonly Buffer[] = [],
  ) {
    this.keyId = keyIdOf(key);
    this.keys = new Map([...previous, key].map((each) => [keyIdOf(each), each]));
  }

  seal(text: string, binding: Binding): string {
    const dataKey = randomBytes(KEY_BYTES);
    const wrapped = encrypt(this.key, dataKey, binding);
    return [VERSION, this.keyId, wrapped, encrypt(dataKey, Buffer.from(text), binding)].join('.');
  }

  /** @throws EnvelopeError where its key is not known here, it was altered, or it belongs somewhere else */
  open(envelope: string, binding: Binding): string {
    const { dataKey, ciphertext } = this.unwrap(envelope, binding);
    return decrypt(dataKey, ciphertext, binding).toString();
  }

  /**
   * The same envelope under the present master key; unchanged where it is already.
   * @throws EnvelopeError as `open`
   */
  rewrap(envelope: string, binding: Binding): string {
    const { keyId, dataKey, ciphertext } = this.unwrap(envelope, binding);
    if (keyId === this.keyId) return envelope;
    return [VERSION, this.keyId, encrypt(this.key, dataKey, binding), ciphertext].join('.');
  }

  private unwrap(envelope: string, binding: Binding): { keyId: string; dataKey: Buffer; ciphertext: string } {
    const [, keyId, wrapped, ciphertext] = ENVELOPE.exec(envelope) ?? [];
    if (keyId === undefined || wrapped === undefined || ciphertext === undefined)
      throw new EnvelopeError('This is no envelope.');
    const key = this.keys.get(keyId);
    if (!key)
      throw new EnvelopeError(
        `It is sealed under the key ${keyId}, which this process does not have (SECRETS_KEY, SECRETS_KEY_PREVIOUS).`,
      );
    return { keyId, dataKey: decrypt(key, wrapped, binding), ciphertext };
  }
}

function keyIdOf(key: Buffer): string {
  return createHash('sha256').update('carillon-secrets-key').update(key).digest('hex').slice(0, 8);
}

function encrypt(key: Buffer, plain: Buffer, binding: Binding): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, iv, { authTagLength: TAG_BYTES }).setAAD(aadOf(binding));
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64url');
}

function decrypt(key: Buffer, text: string, binding: Binding): Buffer {
  const bytes = Buffer.from(text, 'base64url');
  const iv = bytes.subarray(0, IV_BYTES);
  const tag = bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES);
  try {
    const decipher = createDecipheriv(ALGORITHM, key, iv, { authTagLength: TAG_BYTES })
      .setAAD(aadOf(binding))
      .setAuthTag(tag);
    return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
  } catch {
    throw new EnvelopeError('It was altered, or belongs to something else.');
  }
}

function aadOf({ scope, name }: Binding): Buffer {
  return Buffer.from(`${scope}|${name}`);
}
