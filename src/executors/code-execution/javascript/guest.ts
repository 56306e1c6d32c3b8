import type { QuickJSContext, QuickJSHandle, SuccessOrFail } from 'quickjs-emscripten-core';
import { MAX_ERROR_CHARS, MAX_HTTP_REQUEST_CHARS, MAX_LOG_LINE_CHARS, MAX_OUTPUT_BYTES } from '../limits.js';
import type { LogLevel } from '../run-log.js';
import { type CompiledScript, functionLength } from './compile.js';
import { GUEST_PRELUDE } from './guest-prelude.js';
import type { HttpReply } from './protocol.js';

/** What the script's `console` and `fetch` do outside. */
export interface GuestHooks {
  /** @returns whether more lines are welcome */
  log(level: LogLevel, line: string): boolean;
  /** @returns the id under which the answer will come */
  fetch(request: string): number;
}

/** Something that was thrown inside the machine. */
export class GuestError extends Error {
  constructor(
    readonly thrown: QuickJSHandle,
    readonly code: 'script_error' | 'syntax_error' | 'output_not_json',
  ) {
    super('The script threw.');
  }
}

const LIMITS = JSON.stringify({
  maxLine: MAX_LOG_LINE_CHARS,
  maxError: MAX_ERROR_CHARS,
  maxOutput: MAX_OUTPUT_BYTES,
  maxRequest: MAX_HTTP_REQUEST_CHARS,
});

/** The inside of a machine as the host sees it. Handles are never freed: the whole machine is dropped. */
export class Guest {
  private readonly controls: QuickJSHandle;

  /** @param globals JSON text of an object whose properties become globals of the script */
  constructor(
    private readonly context: QuickJSContext,
    globals: string,
    hooks: GuestHooks,
  ) {
    const log = context.newFunction('log', (level, line) =>
      hooks.log(context.getString(level) as LogLevel, context.getString(line)) ? context.true : context.false,
    );
    const fetch = context.newFunction('fetch', (request) =>
      context.newNumber(hooks.fetch(context.getString(request))),
    );
    const prelude = this.checked(context.evalCode(GUEST_PRELUDE, 'carillon', { strict: true }));
    const args = [log, fetch, context.newString(globals), context.newString(LIMITS)];
    this.controls = this.checked(context.callFunction(prelude, context.undefined, args));
  }

  /** The function that the script is. */
  load(script: CompiledScript): QuickJSHandle {
    const { context } = this;
    const code = this.checked(
      context.evalCode(script.code, script.fileName, { strict: true }),
      'syntax_error',
    );
    const whole = this.call('isFunction', [code, context.newNumber(functionLength(script))]);
    if (context.getNumber(whole) !== 1) {
      const error = { name: 'SyntaxError', message: "the script's braces do not match" };
      throw new GuestError(context.newError(error), 'syntax_error');
    }
    return code;
  }

  /** @returns the promise of the script's value */
  start(main: QuickJSHandle): QuickJSHandle {
    return this.checked(this.context.callFunction(main, this.context.undefined));
  }

  /** The value of the script's promise, or null as long as it is pending. */
  settledValue(promise: QuickJSHandle): QuickJSHandle | null {
    const state = this.context.getPromiseState(promise);
    if (state.type === 'rejected') throw new GuestError(state.error, 'script_error');
    return state.type === 'fulfilled' ? state.value : null;
  }

  /** Whether the script has work that waits for nothing. */
  get busy(): boolean {
    return this.context.runtime.hasPendingJob();
  }

  /** Does a part of that work. */
  runJobs(count: number): void {
    this.checked(this.context.runtime.executePendingJobs(count));
  }

  /** JSON text of the value; null where that is larger than an output may be. */
  encode(value: QuickJSHandle): string | null {
    const encoded = this.call('encode', [value], 'output_not_json');
    if (this.context.typeof(encoded) !== 'string') return null;
    const json = this.context.getString(encoded);
    return Buffer.byteLength(json) <= MAX_OUTPUT_BYTES ? json : null;
  }

  settleRequest(id: number, reply: HttpReply): void {
    const { context } = this;
    this.call('settle', [context.newNumber(id), context.newString(JSON.stringify(reply))]);
  }

  /** JSON text that describes a thrown value; null where the machine cannot even do that. */
  describe(thrown: QuickJSHandle): string | null {
    try {
      const described = this.call('describe', [thrown]);
      return this.context.typeof(described) === 'string' ? this.context.getString(described) : null;
    } catch {
      return null;
    }
  }

  private call(
    control: 'isFunction' | 'encode' | 'describe' | 'settle',
    args: QuickJSHandle[],
    code: GuestError['code'] = 'script_error',
  ): QuickJSHandle {
    const { context } = this;
    const result = context.callFunction(context.getProp(this.controls, control), context.undefined, args);
    return this.checked(result, code);
  }

  private checked<T>(result: SuccessOrFail<T, QuickJSHandle>, code: GuestError['code'] = 'script_error'): T {
    if (result.error) throw new GuestError(result.error, code);
    return result.value;
  }
}
