import { keepMasked, maskSecrets } from '../job/mask-secrets.js';
import { MASK } from '../job/secret-names.js';

/** Where the ends of a job's runs are told. */
export interface Webhook {
  url: string;
  /** Signs what is sent; null: nothing is signed. */
  secret: string | null;
}

/** A secret that was replaced and still signs, so that receivers can change over in their own time. */
export interface PreviousSecret {
  secret: string;
  /** ISO 8601. */
  until: string;
}

const OVERLAP_MS = 86_400_000;

/** A webhook that may be shown. */
export function maskedWebhook(webhook: Webhook): Webhook {
  return maskSecrets({ ...webhook }) as unknown as Webhook;
}

/**
 * What an update means that was made from a masked view: wherever it has a mask, the stored value stays. The secret
 * stays whatever the URL, for it signs and is never sent; what is secret in the URL does not go to another origin.
 */
export function keepMaskedWebhook(stored: Webhook | null, incoming: Webhook | null): Webhook | null {
  if (stored === null || incoming === null) return incoming;
  const url = keepMasked({ url: stored.url }, { url: incoming.url });
  const secret = keepMasked({ secret: stored.secret }, { secret: incoming.secret });
  return { ...incoming, ...url, ...secret };
}

/**
 * What a change of a webhook makes of the secret before.
 * @returns the secret that goes on signing for 24 hours; null: none any more; undefined: as it was
 */
export function previousSecret(
  present: Webhook | null,
  wanted: Webhook | null,
  now: Date,
): PreviousSecret | null | undefined {
  // Without a webhook or a secret nothing signs, so nothing is left over from before either.
  if (!present?.secret || !wanted?.secret) return null;
  if (present.secret === wanted.secret) return undefined;
  if (present.secret === MASK) return null;
  return { secret: present.secret, until: new Date(now.getTime() + OVERLAP_MS).toISOString() };
}
