import { isAbsolute, normalize } from 'node:path';
import ipaddr from 'ipaddr.js';
import { NotAllowed } from './environment-reader.js';

const NAME = /^[A-Za-z0-9_-]+$/;
const HOST_NAME = /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/;

/** A whole number within both bounds. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
    if (!(value >= min && value <= max)) throw new NotAllowed(`a whole number from ${min} to ${max}`);
    return value;
  };
}

/** One of a few words. */
export function oneOf<const T extends readonly string[]>(words: T): (text: string) => T[number] {
  return (text) => {
    const word = words.find((candidate) => candidate === text);
    if (word === undefined) throw new NotAllowed(words.join(', '));
    return word;
  };
}

/** An IP address or a host name to listen on. */
export function host(text: string): string {
  if (ipaddr.isValid(text) || HOST_NAME.test(text)) return text;
  throw new NotAllowed('an IP address or a host name');
}

/** A URL with one of the schemes (without the colon). */
export function url(schemes: readonly string[]): (text: string) => string {
  return (text) => {
    if (!hasScheme(text, schemes) && !isSocketUrl(text, schemes)) {
      throw new NotAllowed(`a URL that starts with ${inWords(schemes)}`);
    }
    return text;
  };
}

/** A URL of a server on a Unix socket: no host but `?host=/folder`, with or without a user. */
function isSocketUrl(text: string, schemes: readonly string[]): boolean {
  const socket = /^([a-z]+):\/\/(?:[^@/?#]*@)?(\/[^?#]*)?\?.*\bhost=(?:\/|%2[Ff])/.exec(text);
  return socket !== null && schemes.includes(socket[1] ?? '');
}

/** A comma list; empty entries are left out. */
export function list<T>(entry: (text: string) => T): (text: string) => T[] {
  return (text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '')
      .map(entry);
}

/** A CIDR, or one address, which is taken as a CIDR of its full length. */
export function cidr(text: string): string {
  if (ipaddr.isValidCIDR(text) && (text.includes(':') || ipaddr.IPv4.isValidCIDRFourPartDecimal(text)))
    return text;
  // ipaddr.js also reads `10` and `0x7f.1` as addresses; only the usual spellings are meant here.
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return `${text}/32`;
  if (ipaddr.IPv6.isValid(text)) return `${text}/128`;
  throw new NotAllowed('CIDRs such as 10.0.0.0/8 or fd00::/8, separated by commas', `"${text}" was given`);
}

/** The origin of a web page, exactly as a browser sends it. */
export function origin(text: string): string {
  if (hasScheme(text, ['http', 'https']) && new URL(text).origin === text) return text;
  throw new NotAllowed(
    'origins such as https://app.example.com (no path, no trailing slash, no *), separated by commas',
    `"${text}" was given`,
  );
}

/**
 * `name=value,…` as a record without a prototype, so that no name can stand for an inherited property.
 * Values are left out of the faults: connection URLs carry passwords.
 */
export function named(value: (text: string) => string): (text: string) => Record<string, string> {
  return (text) => {
    const record = Object.create(null) as Record<string, string>;
    list((entry) => entry)(text).forEach((entry, index) => {
      const separator = entry.indexOf('=');
      const name = entry.slice(0, Math.max(separator, 0)).trim();
      if (!NAME.test(name)) {
        throw new NotAllowed(
          'entries name=value, separated by commas, with names of letters, digits, _ and -',
          `entry ${index + 1} has no usable name`,
        );
      }
      if (name in record) throw new NotAllowed('each name once', `the name "${name}" was given twice`);
      try {
        record[name] = value(entry.slice(separator + 1).trim());
      } catch (error) {
        if (error instanceof NotAllowed) {
          throw new NotAllowed(error.allowed, `the value of "${name}" cannot be used`);
        }
        throw error;
      }
    });
    return record;
  };
}

export function absolutePath(text: string): string {
  if (!isAbsolute(text)) throw new NotAllowed('an absolute path');
  return normalize(text);
}

/** Exactly 32 bytes, in base64. */
export function key32(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  // Buffer.from skips what is not base64; encoding again shows whether anything was skipped.
  const exact = bytes.toString('base64').replace(/=+$/, '') === text.replace(/=+$/, '');
  if (!exact || bytes.length !== 32) {
    throw new NotAllowed('exactly 32 bytes in base64 (openssl rand -base64 32)');
  }
  return bytes;
}

export function atLeast(characters: number): (text: string) => string {
  return (text) => {
    if (text.length < characters) throw new NotAllowed(`at least ${characters} characters`);
    return text;
  };
}

function hasScheme(text: string, schemes: readonly string[]): boolean {
  if (!URL.canParse(text)) return false;
  return schemes.some((scheme) => text.toLowerCase().startsWith(`${scheme}://`));
}

function inWords(schemes: readonly string[]): string {
  return schemes.map((scheme) => `${scheme}://`).join(' or ');
}
