import type { ProcessLanguage } from '../language.js';
import type { SandboxedProgram } from './bubblewrap.js';
import { SHELL_SYNTAX_ERROR } from './process-result.js';

const MIB = 1024 * 1024;

const SCRIPT = '/run/script';
const RUNNER = '/run/runner';

export interface InterpreterRun {
  source: string;
  /** JSON of `{input, job, execution}`. */
  globals: string;
  memoryMb: number;
  cpuSeconds: number;
  /** Compile only. */
  checkOnly: boolean;
}

/** The program that runs a script; it writes its result to file descriptor 3 (see `process-result.ts`). */
export function programFor(language: ProcessLanguage, run: InterpreterRun): SandboxedProgram {
  const mode = run.checkOnly ? 'check' : 'run';
  const { command, runner, ownBytes } = INTERPRETERS[language];
  return {
    command: [...command, RUNNER, mode],
    stdin: run.globals,
    files: { [SCRIPT]: run.source, [RUNNER]: runner },
    limits: {
      addressSpaceBytes: ownBytes + run.memoryMb * MIB,
      cpuSeconds: run.cpuSeconds,
      processes: 32,
      fileBytes: 16 * MIB,
      scratchBytes: 32 * MIB,
    },
  };
}

const PYTHON_RUNNER = `
import json, os, sys, traceback

def report(value):
    with os.fdopen(3, 'w') as result:
        json.dump(value, result)

def fail(code, error, trace):
    frames = [f for f in traceback.extract_tb(trace) if f.filename == 'script.py']
    line = error.lineno if isinstance(error, SyntaxError) and error.filename == 'script.py' else None
    if line is None and frames:
        line = frames[-1].lineno
    stack = ''.join(traceback.format_list(frames)) + ''.join(traceback.format_exception_only(error))
    message = ''.join(traceback.format_exception_only(type(error), error)).strip().splitlines()[-1]
    report({'failure': {'code': code, 'name': type(error).__name__, 'message': message[:8192],
                        'stack': stack[-8192:], 'line': line}})
    sys.exit(1)

with open('${SCRIPT}') as file:
    source = file.read()
try:
    code = compile(source, 'script.py', 'exec')
except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
    fail('syntax_error', error, None)
if sys.argv[1] == 'check':
    sys.exit(0)
given = json.load(sys.stdin)
scope = {'__name__': '__main__', '__builtins__': __builtins__, **given}
sys.argv[:] = ['script.py']
try:
    exec(code, scope)
except SystemExit as error:
    if error.code not in (None, 0):
        fail('script_error', error, error.__traceback__)
except MemoryError as error:
    scope = None
    fail('memory_exceeded', error, error.__traceback__)
except BaseException as error:
    fail('script_error', error, error.__traceback__)
try:
    text = json.dumps((scope or {}).get('output'), allow_nan=False)
except (TypeError, ValueError, RecursionError) as error:
    fail('output_not_json', error, None)
sys.stdout.flush()
with os.fdopen(3, 'w') as result:
    result.write('{"output":' + text + '}')
`;

/** The output file is passed on as it is; the reader parses it. */
const SHELL_RUNNER = `
if ! sh -n ${SCRIPT} 3>&-; then
  echo ${SHELL_SYNTAX_ERROR} >&3
  exit 2
fi
if [ "$1" = check ]; then exit 0; fi
sh ${SCRIPT} 3>&-
code=$?
if [ -f "$OUTPUT" ]; then cat -- "$OUTPUT" >&3; fi
exit "$code"
`;

interface Interpreter {
  command: readonly string[];
  runner: string;
  /** Address space that the interpreter itself takes; the job's memory comes on top. */
  ownBytes: number;
}

const INTERPRETERS: Readonly<Record<ProcessLanguage, Interpreter>> = {
  // -I: nothing of the environment or the user; -B: no files beside the sources.
  python: { command: ['python3', '-I', '-B'], runner: PYTHON_RUNNER, ownBytes: 48 * MIB },
  shell: { command: ['sh'], runner: SHELL_RUNNER, ownBytes: 16 * MIB },
};
