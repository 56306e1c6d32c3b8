import { countsSomething, isSecretName, placeBelow, type Place } from './secret-names.js';

/** Where each name is a secret: `h`eader, `p`arameter, in `a`uth, `b`ody; anywhere else goes as in a body. */
const PLACES: Record<string, Place> = { h: 'header', p: 'parameter', a: 'credentials', b: 'body' };

describe.each([
  // Wherever it stands.
  ['Authorization', 'hpab'],
  ['cookie', 'hpab'],
  ['X-Api-Key', 'hpab'],
  ['api_key', 'hpab'],
  ['X-Amz-Security-Token', 'hpab'],
  ['X-Amz-Credential', 'hpab'],
  ['clientSecret', 'hpab'],
  ['db_password', 'hpab'],
  ['X-Auth-Key', 'hpab'],
  ['sharedKey', 'hpab'],
  ['Ocp-Apim-Subscription-Key', 'hpab'],
  ['subscription-key', 'hpab'],
  ['x-functions-key', 'hpab'],
  ['encryption_key', 'hpab'],
  ['auth', 'hpab'],
  ['jwt', 'hpab'],
  ['otp', 'hpab'],
  ['pass', 'hpab'],
  ['PIN', 'hpab'],
  ['pwd', 'hpab'],
  // In headers.
  ['X-Auth', 'h'],
  ['Api-Auth', 'h'],
  ['X-JWT', 'h'],
  ['X-JWT-Assertion', 'h'],
  ['X-Session', 'h'],
  ['X-Session-Id', 'h'],
  ['X-Hub-Signature-256', 'h'],
  ['X-Shared-Key', 'hpab'],
  ['X-Key', 'h'],
  ['X-AppKey', 'h'],
  ['X-OTP', 'h'],
  ['X-Otp-Code', 'h'],
  ['X-Pin', 'h'],
  // In a URL, and in an object that is named `auth`.
  ['sig', 'hpa'],
  ['key', 'hpa'],
  ['code', 'pa'],
  ['session', 'hpa'],
  ['session_id', 'hpa'],
  ['jsessionid', 'hpa'],
  ['signature', 'hpa'],
  ['X-Amz-Signature', 'hpa'],
  // Nowhere.
  ['Idempotency-Key', ''],
  ['X-Idempotency-Key', ''],
  ['Surrogate-Key', ''],
  ['x-partition-key', ''],
  ['Keywords', ''],
  ['X-Author', ''],
  ['Author-Id', ''],
  [':authority', ''],
  ['X-Footprint', ''],
  ['X-Spinner', ''],
  ['X-Passenger', ''],
  ['Accept', ''],
  ['Content-Type', ''],
  ['X-Request-Id', ''],
  ['traceparent', ''],
  ['page', ''],
  ['barcode', ''],
  ['country_code', ''],
  ['sort_key', 'h'],
  ['user', ''],
  ['value', ''],
])('%s', (name, places) => {
  it(`is a secret in: ${places || 'no place'}`, () => {
    const found = Object.keys(PLACES).filter((letter) => isSecretName(name, PLACES[letter] ?? 'body'));
    expect(found.join('')).toBe(places);
    expect(isSecretName(name, 'configuration')).toBe(isSecretName(name, 'body'));
  });
});

describe('places', () => {
  it.each<[Place, string, Place]>([
    ['configuration', 'headers', 'header'],
    ['configuration', 'Query', 'parameter'],
    ['configuration', 'body', 'body'],
    ['configuration', 'payload', 'body'],
    ['configuration', 'jobConfiguration', 'configuration'],
    ['body', 'headers', 'body'],
    ['header', 'body', 'header'],
  ])('in %s, what stands under %s is in %s', (place, name, below) => {
    expect(placeBelow(name, place)).toBe(below);
  });

  it.each([
    ['max_tokens', true],
    ['pass', true],
    ['pin', false],
    ['token', false],
  ])('numbers under %s count something: %s', (name, counts) => {
    expect(countsSomething(name)).toBe(counts);
  });
});
