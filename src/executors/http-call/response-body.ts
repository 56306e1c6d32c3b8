import type { Json } from '../../domain/execution/outcome.js';

/** A body as it is kept in the output; `encoding` stands only beside a body that is not text. */
export interface CapturedBody {
  body: Json;
  encoding?: 'base64';
}

/** Deeper JSON is kept as text: writing it again could overflow the stack of whoever stores it. */
const DEEPEST_JSON = 200;

/**
 * Parsed JSON where the type says so and the body is whole, else text, else base64: for bytes that are not
 * text in their charset, for text with NUL (which PostgreSQL cannot store), and for compressed bodies.
 * @param contentType the header as received, or null
 * @param isEncoded whether the body has a content encoding such as gzip
 */
export function captureBody(
  bytes: Buffer,
  contentType: string | null,
  truncated: boolean,
  isEncoded: boolean,
): CapturedBody {
  if (bytes.length === 0) return { body: null };
  const type = mediaType(contentType);
  const text = isEncoded || !mayBeText(type) ? null : decode(bytes, charset(contentType), truncated);
  if (text === null) return { body: bytes.toString('base64'), encoding: 'base64' };
  if (!truncated && isJson(type)) return { body: parseJson(text) };
  return { body: text };
}

function mediaType(contentType: string | null): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

function charset(contentType: string | null): string {
  return /;\s*charset="?([\w.:-]+)/i.exec(contentType ?? '')?.[1] ?? 'utf-8';
}

function isJson(type: string): boolean {
  return type === 'application/json' || type === 'text/json' || type.endsWith('+json');
}

/** Types that are never text are not decoded, even where their bytes happen to be valid UTF-8. */
function mayBeText(type: string): boolean {
  if (type === '' || type.startsWith('text/') || isJson(type) || type.endsWith('+xml')) return true;
  return /^application\/(xml|javascript|x-javascript|x-www-form-urlencoded|yaml|x-yaml|toml|graphql|sql|x-ndjson|jsonl|json-seq)$/.test(
    type,
  );
}

/** Shared, since making a decoder costs more than decoding a usual body. */
const UTF8 = new TextDecoder('utf-8', { fatal: true });

function decode(bytes: Buffer, label: string, truncated: boolean): string | null {
  try {
    // As a stream, a character that the cut has split at the end is left out instead of refused.
    const text = truncated
      ? new TextDecoder(label, { fatal: true }).decode(bytes, { stream: true })
      : (isUtf8(label) ? UTF8 : new TextDecoder(label, { fatal: true })).decode(bytes);
    return text.includes('\0') ? null : text;
  } catch {
    return null;
  }
}

function isUtf8(label: string): boolean {
  return /^utf-?8$/i.test(label);
}

/** Escapes of U+0000 and of surrogates: PostgreSQL refuses the first, and the second without its pair. */
const SUSPECT_ESCAPE = /\\u(?:0000|d[89a-f])/i;

/** The value, or the text itself where it is not JSON or no JSON that can be stored. */
function parseJson(text: string): Json {
  if (nesting(text) > DEEPEST_JSON) return text;
  try {
    const value = JSON.parse(text) as Json;
    // Written again, paired surrogates are plain characters; only what is still escaped cannot be stored.
    return SUSPECT_ESCAPE.test(text) && SUSPECT_ESCAPE.test(JSON.stringify(value)) ? text : value;
  } catch {
    return text;
  }
}

/** The deepest nesting of brackets outside of strings. */
function nesting(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (inString) {
      if (char === BACKSLASH) at += 1;
      else if (char === QUOTE) inString = false;
    } else if (char === QUOTE) inString = true;
    else if (char === OPEN_BRACE || char === OPEN_BRACKET) deepest = Math.max(deepest, (depth += 1));
    else if (char === CLOSE_BRACE || char === CLOSE_BRACKET) depth -= 1;
  }
  return deepest;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
