import { type CompiledScript, type Place, userPlace } from './compile.js';

export interface StackTrace {
  /** One frame a line, as node writes them; empty where no frame is in the user's source. */
  text: string;
  /** Of the innermost frame. */
  place: Place | null;
}

const FRAME = /^\s*at (?:(.*) \()?script\.[jt]s:(\d{1,9}):(\d{1,9})\)?$/;

/**
 * Translates the engine's stack to the user's source and leaves out the frames that are not in it.
 * @param stack what the script says its stack is: anything is possible
 */
export function stackTrace(stack: string, script: CompiledScript): StackTrace {
  const source = script.code.split('\n');
  const lines: string[] = [];
  let innermost: Place | null = null;
  for (const frame of stack.split('\n')) {
    const match = FRAME.exec(frame);
    if (!match) continue;
    const place = placeOf(script, source, Number(match[2]), Number(match[3]));
    if (!place) continue;
    innermost ??= place;
    const position = `${script.fileName}:${place.line}:${place.column}`;
    const name = match[1] ?? '<anonymous>';
    lines.push(
      name === '<anonymous>' || name === '<eval>' ? `    at ${position}` : `    at ${name} (${position})`,
    );
  }
  return { text: lines.join('\n'), place: innermost };
}

/** @param codePoint the engine counts columns in code points, from 1 */
function placeOf(
  script: CompiledScript,
  source: readonly string[],
  line: number,
  codePoint: number,
): Place | null {
  const text = source[line - 1];
  if (text === undefined || line === source.length) return null; // The last line is the wrapper's.
  const column =
    Array.from(text)
      .slice(0, codePoint - 1)
      .join('').length + 1;
  const entry = script.map?.findEntry(line - 1, column - 1);
  if (entry && 'originalLine' in entry) {
    return userPlace({ line: entry.originalLine + 1, column: entry.originalColumn + 1 });
  }
  return userPlace({ line, column });
}
