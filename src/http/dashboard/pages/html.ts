/** A piece of a page: only `html` makes one, so whatever it holds has been escaped. */
class SafeHtml {
  constructor(readonly text: string) {}
}
export type Html = SafeHtml;

/** What a template takes: null, undefined and false leave nothing. */
type Value = Html | string | number | null | undefined | false | readonly Value[];

/**
 * A template of HTML. Every value is escaped, for text and for quoted attributes alike, unless it is HTML that was made
 * here; attributes in templates are always quoted, and no value stands in a script, a style or as a link's scheme.
 */
export function html(constants: TemplateStringsArray, ...values: readonly Value[]): Html {
  const parts = constants.map((constant, index) => constant + textOf(values[index]));
  return new SafeHtml(parts.join(''));
}

/** Whether a value is HTML that was made here. */
export function isHtml(value: unknown): value is Html {
  return value instanceof SafeHtml;
}

function textOf(value: Value): string {
  if (value === null || value === undefined || value === false) return '';
  if (value instanceof SafeHtml) return value.text;
  if (typeof value === 'object') return value.map(textOf).join('');
  return escaped(String(value));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
