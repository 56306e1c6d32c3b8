import type { FieldFault } from '../errors.js';
import type { Json } from '../execution/outcome.js';

export const SECRET_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,99}$/;

const MENTION = /\$\{\{\s*secrets\b([^}]*)\}\}/g;
const NAME_PART = /^\.([A-Za-z_][A-Za-z0-9_]{0,99})\s*$/;
/** What may stand beside references without being a secret itself. */
const SCHEME_ONLY = /^\s*(?:(?:Bearer|Basic|Token|ApiKey)\s*)?$/i;

/** A `${{ secrets.NAME }}` inside a configuration. */
export interface SecretReference {
  /** Such as `headers.Authorization`. */
  path: string;
  name: string;
}

/** Every reference to a secret in the texts of a configuration, at any depth; keys are not looked at. */
export function referencesIn(configuration: Record<string, Json>): SecretReference[] {
  return textsIn(configuration, '').flatMap(({ path, text }) =>
    namesIn(text).flatMap((name) => (name === null ? [] : [{ path, name }])),
  );
}

/** Faults of what looks like a reference and is none, such as `${{ secrets.my-key }}`. */
export function referenceFaults(configuration: Record<string, Json>): FieldFault[] {
  return textsIn(configuration, '')
    .filter(({ text }) => namesIn(text).includes(null))
    .map(({ path }) => ({
      field: path,
      message: 'has a malformed reference; write ${{ secrets.NAME }}, with letters, digits and _ in the name',
    }));
}

/** A copy of the configuration with the values of secrets in place of their references. */
export function withSecrets(
  configuration: Record<string, Json>,
  values: ReadonlyMap<string, string>,
): Record<string, Json> {
  return resolved(configuration, values) as Record<string, Json>;
}

/** The text with `replacement` in place of each reference. */
export function replaceReferences(text: string, replacement: string): string {
  return text.replace(MENTION, () => replacement);
}

/** Whether a text holds references and nothing secret beside them, as `Bearer ${{ secrets.TOKEN }}`. */
export function isReferenceOnly(text: string): boolean {
  return text.includes('${{') && namesIn(text).length > 0 && SCHEME_ONLY.test(replaceReferences(text, ''));
}

function namesIn(text: string): (string | null)[] {
  return [...text.matchAll(MENTION)].map(([, rest = '']) => NAME_PART.exec(rest)?.[1] ?? null);
}

function resolved(value: Json, values: ReadonlyMap<string, string>): Json {
  if (typeof value === 'string') {
    return value.replace(MENTION, (whole, rest: string) => {
      const name = NAME_PART.exec(rest)?.[1];
      return (name === undefined ? undefined : values.get(name)) ?? whole;
    });
  }
  if (Array.isArray(value)) return value.map((item) => resolved(item, values));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolved(inner, values)]));
}

function textsIn(value: Json, path: string): { path: string; text: string }[] {
  if (typeof value === 'string') return value.includes('${{') ? [{ path, text: value }] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    textsIn(inner, path === '' ? key : `${path}.${key}`),
  );
}
