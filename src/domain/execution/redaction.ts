import { MASK } from '../job/secret-names.js';
import type { Json, Outcome } from './outcome.js';

/** Shorter texts stand in too much that is no secret; they are replaced only where they are the whole text. */
const SHORTEST_PART = 4;
/** Of a line of a secret with several lines, or of its base64 inside other base64. */
const SHORTEST_FRAGMENT = 8;

/**
 * Replaces secrets in whatever an attempt leaves behind, by value: as they are, in base64 (also inside longer
 * base64, as in Basic credentials), URL-encoded, or escaped in JSON text.
 */
export class Redactor {
  private readonly wholes: ReadonlySet<string>;
  private readonly pattern: RegExp | null;

  constructor(secrets: Iterable<string>) {
    const known = [...new Set(secrets)].filter((secret) => secret !== '');
    this.wholes = new Set(known);
    const forms = [...new Set(known.filter((secret) => secret.length >= SHORTEST_PART).flatMap(formsOf))];
    // The longest first, so that no rest of a longer form stays.
    forms.sort((a, b) => b.length - a.length);
    this.pattern = forms.length === 0 ? null : new RegExp(forms.map(escaped).join('|'), 'g');
  }

  text(text: string): string {
    if (this.wholes.has(text)) return MASK;
    return this.pattern === null ? text : text.replace(this.pattern, MASK);
  }

  /** A copy, with keys looked at too. */
  json(value: Json): Json {
    if (typeof value === 'string') return this.text(value);
    if (typeof value === 'number') return this.wholes.has(String(value)) ? MASK : value;
    if (Array.isArray(value)) return value.map((item) => this.json(item));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [this.text(key), this.json(inner)]),
    );
  }

  outcome(outcome: Outcome): Outcome {
    if (this.wholes.size === 0) return outcome;
    switch (outcome.kind) {
      case 'succeeded':
        return { ...outcome, output: this.json(outcome.output) };
      case 'cancelled':
        return { ...outcome, reason: this.text(outcome.reason), ...this.output(outcome.output) };
      case 'failed': {
        const { code, message, details } = outcome.error;
        const error = {
          code: this.text(code),
          message: this.text(message),
          ...(details === undefined ? {} : { details: this.json(details) }),
        };
        return { ...outcome, error, ...this.output(outcome.output) };
      }
    }
  }

  private output(output: Json | undefined): { output?: Json } {
    return output === undefined ? {} : { output: this.json(output) };
  }
}

/** Where there is no secret. */
export const NO_REDACTION = new Redactor([]);

function formsOf(secret: string): string[] {
  const lines = secret.split(/\r?\n/).filter((line) => line.length >= SHORTEST_FRAGMENT);
  const plain = [secret, ...(lines.length > 1 ? lines : [])];
  const encoded = plain.flatMap((part) => [
    urlEncoded(part),
    urlEncoded(part).replaceAll('%20', '+'),
    inJson(part),
  ]);
  return [...plain, ...encoded, ...base64Forms(secret)];
}

function urlEncoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** The base64 of a text wherever it may begin within a longer one: the digits that depend on nothing else. */
function base64Forms(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const forms = [0, 1, 2].flatMap((offset) => {
    const digits = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    const first = Math.ceil((offset * 8) / 6);
    const end = Math.floor(((offset + bytes.length) * 8) / 6);
    return [digits.slice(first, end)];
  });
  const whole = bytes.toString('base64');
  const usable = [
    whole,
    whole.replace(/=+$/, ''),
    ...forms.filter((form) => form.length >= SHORTEST_FRAGMENT),
  ];
  return usable.flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')]);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
}
