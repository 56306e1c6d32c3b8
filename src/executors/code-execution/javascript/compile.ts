import { SourceMap } from 'node:module';
import { transform } from 'sucrase';
import type { ScriptLanguage } from '../language.js';
import type { ScriptEnd } from '../script-end.js';
import { cutText } from '../run-log.js';
import { MAX_ERROR_CHARS } from '../limits.js';

/** A script as the engine gets it: an expression that is an async function without parameters. */
export interface CompiledScript {
  fileName: string;
  code: string;
  /** From positions of `code` to the user's wrapped source; null where they are the same. */
  map: SourceMap | null;
}

/** A position; both from 1. */
export interface Place {
  line: number;
  column: number;
}

/** On the user's first line, so that every line keeps its number. */
const HEAD = '(async function () {';
/** Behind a line break: the source may end in a comment. */
const TAIL = '\n})';

/** The length of the text of the function alone, by which a source that closes the function early shows. */
export function functionLength(script: CompiledScript): number {
  return script.code.length - 2; // The parentheses around it.
}

/**
 * Makes a function of the source and takes the types out of TypeScript. Errors in the rest of the syntax are
 * left to the engine to find.
 * Sucrase and not esbuild: it runs in the script's own thread under the script's own limits, while 256 KiB of
 * nested `if` made esbuild's one service process take 4 GB, and others stopped it for everybody.
 */
export function compile(language: ScriptLanguage, source: string): CompiledScript | ScriptEnd {
  const wrapped = HEAD + source + TAIL;
  if (language === 'javascript') return { fileName: 'script.js', code: wrapped, map: null };
  const fileName = 'script.ts';
  try {
    const { code, sourceMap } = transform(wrapped, {
      transforms: ['typescript'],
      disableESTransforms: true,
      filePath: fileName,
      sourceMapOptions: { compiledFilename: fileName },
    });
    return { fileName, code, map: sourceMap ? new SourceMap({ ...EMPTY_MAP, ...sourceMap }) : null };
  } catch (error) {
    return syntaxError(error);
  }
}

const EMPTY_MAP = {
  file: '',
  version: 3,
  sources: [],
  sourcesContent: [],
  names: [],
  mappings: '',
  sourceRoot: '',
};

/** Sucrase throws SyntaxErrors with a `loc`, and RangeErrors where the nesting is too deep for it. */
function syntaxError(error: unknown): ScriptEnd {
  const message = error instanceof Error ? error.message : String(error);
  const text = /^Error transforming script\.ts: (.*?)(?: \(\d+:\d+\))?$/s.exec(message)?.[1] ?? message;
  const failure = {
    code: 'syntax_error' as const,
    name: 'SyntaxError',
    message: cutText(`SyntaxError: ${text}`, MAX_ERROR_CHARS),
  };
  if (error instanceof Error && 'loc' in error && isPlace(error.loc)) {
    return { kind: 'failed', failure: { ...failure, ...userPlace(error.loc) } };
  }
  return { kind: 'failed', failure };
}

/** A position in the wrapped source as one in the user's. */
export function userPlace({ line, column }: Place): Place {
  return { line, column: line === 1 ? Math.max(1, column - HEAD.length) : column };
}

function isPlace(loc: unknown): loc is Place {
  return (
    typeof loc === 'object' &&
    loc !== null &&
    'line' in loc &&
    typeof loc.line === 'number' &&
    'column' in loc
  );
}
