import type { FieldFault } from '../errors.js';
import { jsonFaults } from '../job/json-faults.js';
import { MASK_FAULT, maskedPaths } from '../job/mask-secrets.js';
import { isReferenceOnly, referencesIn, replaceReferences } from '../job/secret-references.js';
import { signingSecretFault } from './signature.js';
import type { Webhook } from './webhook.js';

const URL_MAX_LENGTH = 2_048;

/** @returns all faults, their fields as in `JobDefinition` */
export function webhookFaults(webhook: Webhook | null): FieldFault[] {
  if (webhook === null) return [];
  const unstorable = jsonFaults({ ...webhook }, 'webhook');
  if (unstorable.length > 0) return unstorable;
  const masked = maskedPaths({ ...webhook });
  if (masked.length > 0)
    return masked.map((path) => ({
      field: `webhook.${path}`,
      message: MASK_FAULT,
    }));
  const url = urlFault(webhook.url);
  const secret = secretFault(webhook.secret);
  return [
    ...(url === null ? [] : [{ field: 'webhook.url', message: url }]),
    ...(secret === null ? [] : [{ field: 'webhook.secret', message: secret }]),
  ];
}

function urlFault(text: string): string | null {
  if (text.length > URL_MAX_LENGTH) return `must be at most ${URL_MAX_LENGTH} characters long`;
  // Only an attempt knows what a named secret holds.
  if (isReferenceOnly(text)) return null;
  const plain = replaceReferences(text, 'secret');
  const url = URL.canParse(plain) ? new URL(plain) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    return 'must be an absolute http or https URL';
  return url.username === '' && url.password === '' ? null : 'must not hold a user name or a password';
}

function secretFault(secret: string | null): string | null {
  return secret === null || referencesIn({ secret }).length > 0 ? null : signingSecretFault(secret);
}
