import type { ScriptLanguage } from '../language.js';
import type { LogLevel } from '../run-log.js';
import type { ScriptEnd } from '../script-end.js';

/** What the pool and its threads say to each other. Everything is structured-cloneable. */
export type ToThread =
  | { kind: 'run'; run: RunRequest; stop: SharedArrayBuffer }
  | { kind: 'reply'; id: number; reply: HttpReply }
  /** Wakes a run that waits for replies; one that computes sees its stop cell. */
  | { kind: 'stop' };

export type FromThread =
  | { kind: 'ready' }
  | { kind: 'log'; level: LogLevel; line: string }
  | { kind: 'fetch'; id: number; request: string }
  /** `reusable`: nothing of the run is left in the thread. */
  | { kind: 'ended'; end: ScriptEnd; reusable: boolean };

export interface RunRequest {
  language: ScriptLanguage;
  source: string;
  /** Compile and go no further. */
  checkOnly: boolean;
  /** JSON text of an object; each of its properties becomes a global. */
  globals: string;
  memoryMb: number;
  cpuLimitMs: number;
}

/** The answer to a script's `fetch`; `error` is the message of the TypeError that it gets. */
export type HttpReply =
  { status: number; url: string; headers: Record<string, string>; body: string } | { error: string };

/** In the first cell of the stop buffer. */
export const STOP = 1;
