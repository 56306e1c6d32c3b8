/** Short names that ICU knows but IANA does not, several of them ambiguous (IST, BST, CST). */
const NOT_IANA = new Set(
  'ACT AET AGT ART AST BET BST CAT CNT CST CTT EAT ECT IET IST JST MIT NET NST PLT PNT PRT PST SST VST'.split(
    ' ',
  ),
);
const NAME = /^[A-Z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/;

/**
 * Whether `name` is an IANA timezone name as IANA writes it, such as `Europe/London` or `UTC`.
 * Offsets (`+02:00`), `local`, the empty string and ICU's own short names are not.
 */
export function isTimezone(name: string): boolean {
  if (!NAME.test(name) || NOT_IANA.has(name) || name.startsWith('SystemV/')) return false;
  const resolved = resolvedName(name);
  if (resolved === null) return false;
  // Intl ignores case; where it answers with the same name, it also shows the right case.
  return resolved === name || resolved.toLowerCase() !== name.toLowerCase();
}

/** What is wrong with a timezone name and what to write instead, or `null` when it is good. */
export function timezoneFault(name: string): string | null {
  if (isTimezone(name)) return null;
  const resolved = name === '' ? null : resolvedName(name);
  const hint = resolved ?? 'Europe/London, America/New_York or UTC';
  return name === ''
    ? `is empty; write an IANA timezone name such as ${hint}`
    : `"${name}" is not an IANA timezone name; write a name such as ${hint}`;
}

function resolvedName(name: string): string | null {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return null;
  }
}
