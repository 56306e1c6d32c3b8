/** What stands in a view in place of a secret value. */
export const MASK = '***';

/**
 * Where a name stands. `configuration`: anywhere but in the others; `body`: in what is sent or handed over as it is;
 * `credentials`: in an object that is named `auth`.
 */
export type Place = 'configuration' | 'body' | 'header' | 'parameter' | 'credentials';

/** Secret in every place, also as a part of a longer name. */
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
  'authkey',
  'sharedkey',
  'subscriptionkey',
  'functionskey',
  'signingkey',
  'encryptionkey',
  'masterkey',
];

/** Secret in every place, as the whole name. */
const TELLING_NAMES = new Set([
  'authorization',
  'proxyauthorization',
  'cookie',
  'setcookie',
  'auth',
  'jwt',
  'otp',
  'pass',
  'pin',
  'pwd',
]);

/** What calls itself a key or an author in a header, and is no secret. */
const HARMLESS_IN_HEADERS =
  /idempotencykey|cachekey|surrogatekey|partitionkey|routingkey|orderingkey|concurrencykey|keyword|author(?!i[sz])/g;
const TELLING_IN_HEADERS = ['key', 'auth', 'session', 'signature', 'jwt'];
/** Too short to be looked for inside other words: `otp` stands in `footprint`. */
const TELLING_WORDS_IN_HEADERS = new Set(['otp', 'totp', 'pass', 'passcode', 'pin', 'pwd', 'sig']);

/** What is ordinary in a body, such as `{"key": "product", "code": 7}`, authorizes in a URL or beside a user name. */
const TELLING_PARAMETERS = new Set(['code', 'key', 'session', 'sessionid', 'jsessionid', 'phpsessid', 'sig']);

/**
 * Whether what stands under this name in this place usually is a secret: `Authorization`, `X-Api-Key`, `db_password`, …
 * Letter case and separators do not matter.
 */
export function isSecretName(name: string, place: Place): boolean {
  const plain = plainName(name);
  if (TELLING_NAMES.has(plain) || TELLING_PARTS.some((part) => plain.includes(part))) return true;
  switch (place) {
    case 'header': {
      const rest = plain.replace(HARMLESS_IN_HEADERS, '');
      return (
        TELLING_IN_HEADERS.some((part) => rest.includes(part)) ||
        wordsOf(name).some((word) => TELLING_WORDS_IN_HEADERS.has(word))
      );
    }
    case 'parameter':
    case 'credentials':
      return TELLING_PARAMETERS.has(plain) || plain.endsWith('signature');
    case 'configuration':
    case 'body':
      return false;
  }
}

/** Whether an object of this name holds credentials beside what is none: `{"type": "basic", "user": "…", "pass": "…"}`. */
export function holdsCredentials(name: string): boolean {
  return plainName(name) === 'auth';
}

/** Whether a number under this name is no secret: it counts, as `max_tokens` and `pass` do. */
export function countsSomething(name: string): boolean {
  const plain = plainName(name);
  return plain.endsWith('tokens') || plain === 'pass';
}

/** The place of what stands in an object or a list under this name. */
export function placeBelow(name: string, place: Place): Place {
  if (place !== 'configuration') return place;
  switch (name.toLowerCase()) {
    case 'headers':
      return 'header';
    case 'query':
      return 'parameter';
    case 'body':
    case 'payload':
      return 'body';
    default:
      return place;
  }
}

function plainName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

function wordsOf(name: string): string[] {
  return name.toLowerCase().split(/[^a-z0-9]+/);
}
