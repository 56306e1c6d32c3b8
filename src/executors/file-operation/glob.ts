/**
 * Globs that choose files below a directory: `*`, `?`, `[a-z]`, `[!a]`, `{a,b}` and `**` for any number of
 * directories. A wildcard never matches a leading dot. Our own matcher, because the walk has to stay on open
 * directory handles (a library would walk by path names, which can be swapped under it), and because
 * matching takes at most pattern × name steps here: a pattern of many stars cannot hang the worker.
 */
export interface Glob {
  /** True where the path, as names, is chosen. */
  matches(names: readonly string[]): boolean;
  /** True where something below the directory could still be chosen. */
  reaches(directory: readonly string[]): boolean;
}

const MAX_LENGTH = 512;
const MAX_ALTERNATIVES = 64;

type Token = { kind: 'literal'; char: string } | { kind: 'one' } | { kind: 'many' } | CharacterClass;
interface CharacterClass {
  kind: 'class';
  negated: boolean;
  ranges: [from: number, to: number][];
}
type Segment = '**' | { dotted: boolean; tokens: Token[] };

/** Compiles a pattern, or says what is wrong with it. */
export function compileGlob(
  pattern: string,
): { glob: Glob; fault?: undefined } | { glob?: undefined; fault: string } {
  const fault = faultOf(pattern);
  if (fault !== null) return { fault };
  const alternatives = expandBraces(pattern);
  if (alternatives === null) {
    return {
      fault: `braces must be closed, hold a comma, and expand to ${MAX_ALTERNATIVES} patterns at most`,
    };
  }
  const compiled: Segment[][] = [];
  for (const alternative of alternatives) {
    const names = alternative.split('/');
    if (names.some((name) => name === '' || name === '.' || name === '..')) {
      return { fault: 'must be made of names between single slashes, without "." and ".."' };
    }
    const segments = names.map(compileSegment);
    if (segments.includes(null)) return { fault: 'has a "[" without its "]"' };
    compiled.push(segments.filter((segment) => segment !== null));
  }
  return {
    glob: {
      matches: (names) => compiled.some((segments) => matchesPath(segments, names)),
      reaches: (directory) => compiled.some((segments) => reachesBelow(segments, directory)),
    },
  };
}

function faultOf(pattern: string): string | null {
  if (pattern === '' || pattern.length > MAX_LENGTH) return `must be 1 to ${MAX_LENGTH} characters long`;
  if (pattern.startsWith('/')) return 'must be relative to the path, without a leading "/"';
  if (pattern.startsWith('!')) return 'must say what to choose; negation with "!" is not supported';
  if (/[\\()\0]/.test(pattern)) return 'must not contain a backslash, parentheses or NUL';
  return null;
}

/** Expands the innermost braces until there are none; null where they are malformed or too many. */
function expandBraces(pattern: string): string[] | null {
  let pending = [pattern];
  for (;;) {
    const next = pending.flatMap((text) => {
      const braces = /\{([^{}]*)\}/.exec(text);
      if (!braces) return [text];
      const [whole, body = ''] = braces;
      const rest = text.slice(braces.index + whole.length);
      // A lone brace can never be expanded, which makes the whole pattern malformed.
      if (!body.includes(',')) return ['{'];
      return body.split(',').map((choice) => text.slice(0, braces.index) + choice + rest);
    });
    if (next.length > MAX_ALTERNATIVES) return null;
    if (next.every((text, index) => text === pending[index])) {
      return next.some((text) => /[{}]/.test(text)) ? null : next;
    }
    pending = next;
  }
}

function compileSegment(text: string): Segment | null {
  if (text === '**') return '**';
  const tokens: Token[] = [];
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === '*') {
      if (tokens.at(-1)?.kind !== 'many') tokens.push({ kind: 'many' });
    } else if (char === '?') {
      tokens.push({ kind: 'one' });
    } else if (char === '[') {
      const end = text.indexOf(']', at + (/^\[[!^]/.test(text.slice(at)) ? 3 : 2));
      if (end < 0) return null;
      tokens.push(characterClass(text.slice(at + 1, end)));
      at = end;
    } else {
      tokens.push({ kind: 'literal', char });
    }
  }
  return { dotted: text.startsWith('.'), tokens };
}

function characterClass(body: string): CharacterClass {
  const negated = /^[!^]/.test(body);
  const characters = negated ? body.slice(1) : body;
  const ranges: [number, number][] = [];
  for (let at = 0; at < characters.length; at++) {
    const from = characters.charCodeAt(at);
    const isRange = characters.charAt(at + 1) === '-' && at + 2 < characters.length;
    ranges.push([from, isRange ? characters.charCodeAt(at + 2) : from]);
    if (isRange) at += 2;
  }
  return { kind: 'class', negated, ranges };
}

/** Which prefixes of `segments` the names use up: the set of positions after the last name. */
function positionsAfter(segments: readonly Segment[], names: readonly string[]): Set<number> {
  let positions = closure(segments, new Set([0]));
  for (const name of names) {
    const next = new Set<number>();
    for (const position of positions) {
      const segment = segments[position];
      if (segment === '**' && !name.startsWith('.')) next.add(position);
      if (segment !== undefined && segment !== '**' && matchesName(segment, name)) next.add(position + 1);
    }
    positions = closure(segments, next);
  }
  return positions;
}

/** `**` may stand for no directory at all, unless it is the last segment: `a/**` does not choose `a`. */
function closure(segments: readonly Segment[], positions: Set<number>): Set<number> {
  for (const position of positions) {
    if (segments[position] === '**' && position < segments.length - 1) positions.add(position + 1);
  }
  return positions;
}

function matchesPath(segments: readonly Segment[], names: readonly string[]): boolean {
  const positions = positionsAfter(segments, names);
  if (positions.has(segments.length)) return true;
  // A closing `**` stays where it is while it takes names in: it has matched once it took at least one.
  if (segments.at(-1) !== '**' || !positions.has(segments.length - 1) || names.length === 0) return false;
  const before = positionsAfter(segments, names.slice(0, -1));
  return before.has(segments.length - 1) && !names.at(-1)?.startsWith('.');
}

function reachesBelow(segments: readonly Segment[], directory: readonly string[]): boolean {
  for (const position of positionsAfter(segments, directory)) if (position < segments.length) return true;
  return false;
}

/** Greedy match with one point of return, the latest star: at most pattern × name steps. */
function matchesName(segment: Exclude<Segment, '**'>, name: string): boolean {
  if (name.startsWith('.') && !segment.dotted) return false;
  const { tokens } = segment;
  let token = 0;
  let at = 0;
  let star = -1;
  let resume = 0;
  while (at < name.length) {
    const current = tokens[token];
    if (current?.kind === 'many') {
      star = token++;
      resume = at;
    } else if (current && matchesChar(current, name.charCodeAt(at))) {
      token++;
      at++;
    } else if (star >= 0) {
      token = star + 1;
      at = ++resume;
    } else {
      return false;
    }
  }
  return tokens.slice(token).every((rest) => rest.kind === 'many');
}

function matchesChar(token: Exclude<Token, { kind: 'many' }>, code: number): boolean {
  if (token.kind === 'one') return true;
  if (token.kind === 'literal') return token.char.charCodeAt(0) === code;
  return token.ranges.some(([from, to]) => from <= code && code <= to) !== token.negated;
}
