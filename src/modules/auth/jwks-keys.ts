import { createPublicKey, type KeyObject } from 'node:crypto';
import { JwksClient } from 'jwks-rsa';
import { DomainError } from '../../domain/errors.js';
import { AuthenticationError } from './authentication-error.js';

export interface JwksOptions {
  /** Milliseconds after which the keys are read again. */
  readonly maxAgeMs: number;
  /** Milliseconds that known keys outlive an identity provider that cannot be reached. */
  readonly staleMs: number;
  /** Least milliseconds between two reads, so that tokens with made-up key ids cannot cause a flood. */
  readonly cooldownMs: number;
  /** Milliseconds that one read may take. */
  readonly timeoutMs: number;
}

const DEFAULTS: JwksOptions = { maxAgeMs: 600_000, staleMs: 21_600_000, cooldownMs: 5_000, timeoutMs: 5_000 };

interface Key {
  readonly kid: string | undefined;
  /** The only algorithm that the provider signs with this key, where it says so. */
  readonly alg: string | undefined;
  readonly key: KeyObject;
}

/**
 * The signing keys of an identity provider. An unknown key id makes it read the keys again at once, so a
 * rotated key works from its first token on; while the provider is away, known keys go on working.
 */
export class JwksKeys {
  readonly #client: JwksClient;
  readonly #options: JwksOptions;
  #keys: readonly Key[] = [];
  #readAt = -Infinity;
  #triedAt = -Infinity;
  #reachable = true;
  #reading: Promise<void> | null = null;

  constructor(
    url: string,
    options: Partial<JwksOptions> = {},
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#options = { ...DEFAULTS, ...options };
    const { timeoutMs } = this.#options;
    this.#client = new JwksClient({
      jwksUri: url,
      cache: false,
      fetcher: (uri) => readJwks(uri, timeoutMs),
    });
  }

  /**
   * The public key that a token's header names. A token without a key id is taken for the only key.
   * @throws AuthenticationError (401) when the provider has no such key
   * @throws DomainError (503, `auth_unavailable`) when that cannot be known, because it cannot be reached
   */
  async keyFor(kid: string | undefined, alg: string): Promise<KeyObject> {
    const known = this.#find(kid, alg);
    const age = this.now() - this.#readAt;
    if (known && age < this.#options.maxAgeMs) return known;
    if (known && age < this.#options.staleMs) {
      void this.#refresh();
      return known;
    }
    await this.#refresh();
    const found = this.now() - this.#readAt < this.#options.staleMs ? this.#find(kid, alg) : undefined;
    if (found) return found;
    if (this.#reachable) {
      throw new AuthenticationError('token_invalid', 'The token is not valid: its signing key is not known.');
    }
    throw new DomainError(
      'unavailable',
      'auth_unavailable',
      'The keys of the identity provider cannot be read at the moment, so the token cannot be checked.',
    );
  }

  #find(kid: string | undefined, alg: string): KeyObject | undefined {
    const named = kid === undefined && this.#keys.length === 1 ? this.#keys[0] : undefined;
    const key = named ?? this.#keys.find((candidate) => kid !== undefined && candidate.kid === kid);
    return key && (key.alg === undefined || key.alg === alg) ? key.key : undefined;
  }

  /** Reads the keys, unless that was tried a moment ago. All that ask meanwhile wait for the same read. */
  #refresh(): Promise<void> {
    if (this.#reading) return this.#reading;
    if (this.now() - this.#triedAt < this.#options.cooldownMs) return Promise.resolve();
    this.#triedAt = this.now();
    this.#reading = this.#read().finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  async #read(): Promise<void> {
    try {
      const keys = await this.#client.getSigningKeys();
      this.#keys = keys.map((key) => ({
        kid: key.kid,
        alg: key.alg,
        key: createPublicKey(key.getPublicKey()),
      }));
      this.#readAt = this.now();
      this.#reachable = true;
    } catch {
      // Kept for keyFor(), which knows whether the keys at hand still do.
      this.#reachable = false;
    }
  }
}

async function readJwks(url: string, timeoutMs: number): Promise<{ keys: unknown }> {
  const response = await fetch(url, {
    signal: AbortSignal.timeout(timeoutMs),
    headers: { accept: 'application/json' },
  });
  if (!response.ok) throw new Error(`The identity provider answered ${response.status} for its keys.`);
  return (await response.json()) as { keys: unknown };
}
