/** What stands in a view in place of a secret value. */
export const MASK = '***';

const EXACT_NAMES = new Set(['authorization', 'proxyauthorization', 'cookie', 'setcookie', 'pwd']);
const TELLING_PARTS = [
  'token',
  'secret',
  'password',
  'passwd',
  'passphrase',
  'apikey',
  'credential',
  'privatekey',
  'accesskey',
];

/**
 * Whether a key, header or parameter of this name usually holds a secret: `Authorization`, `X-Api-Key`,
 * `db_password`, … Letter case and separators do not matter.
 */
export function isSecretName(name: string): boolean {
  const plain = plainName(name);
  return EXACT_NAMES.has(plain) || TELLING_PARTS.some((part) => plain.includes(part));
}

/** Whether a name counts tokens, such as `max_tokens`: a number there is a limit, no secret. */
export function countsTokens(name: string): boolean {
  return plainName(name).endsWith('tokens');
}

function plainName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}
