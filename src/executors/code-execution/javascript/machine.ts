import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import quickjs from '@jitl/quickjs-wasmfile-release-sync';
import {
  newQuickJSWASMModuleFromVariant,
  type EmscriptenModuleLoaderOptions,
  type QuickJSEmscriptenModule,
  type QuickJSSyncVariant,
  type QuickJSWASMModule,
} from 'quickjs-emscripten-core';

const PAGE_BYTES = 64 * 1024;
const PAGES_PER_MB = 16;
/** The module's own demand; it cannot be instantiated with less. */
const INITIAL_PAGES = 16 * PAGES_PER_MB;
/** What the engine's stack and static data take of the linear memory before any script. */
const FIXED_MB = 5.25;

/** A QuickJS engine in a WebAssembly instance of its own. Nothing is shared; dropping the reference frees it. */
export interface Machine {
  engine: QuickJSWASMModule;
  /** Whether the last attempt to get more memory was refused at the ceiling. */
  readonly starved: boolean;
  /** Gives the memory to the next machine of this thread, wiped; this one must never be used again. */
  retire(): void;
}

// The package's types are those of its CommonJS build, where the variant lies a level deeper.
const variant = quickjs as unknown as QuickJSSyncVariant;
const wasm = compiledOnce();

/**
 * @param memoryMb the ceiling for the script, in MiB. It is the maximum of the linear memory itself, since
 * QuickJS's own limit is checked against single allocations only.
 */
export async function newMachine(memoryMb: number): Promise<Machine> {
  const ceiling = Math.ceil((FIXED_MB + memoryMb) * PAGES_PER_MB);
  const maximum = Math.max(ceiling, INITIAL_PAGES);
  const memory = blankMemory(maximum);
  const state = { starved: false };
  memory.grow = (pages) => {
    state.starved = true;
    const before = WebAssembly.Memory.prototype.grow.call(memory, pages);
    state.starved = false;
    return before;
  };
  const module = await instantiate(memory);
  // Below the initial size, the ceiling is lowered by taking the difference away: it is never touched.
  if (ceiling < INITIAL_PAGES) module._malloc((INITIAL_PAGES - ceiling) * PAGE_BYTES);
  const engine = await newQuickJSWASMModuleFromVariant({
    ...variant,
    importModuleLoader: () => Promise.resolve(() => Promise.resolve(module)),
  });
  return Object.assign(state, { engine, retire: () => keep(memory, maximum) });
}

/**
 * The memory of the last machine, all zeros. A new one for each run would cost three times the run itself in
 * garbage collections, as 16 MiB count as memory pressure at once.
 */
let spare: { memory: WebAssembly.Memory; maximum: number } | null = null;

function blankMemory(maximum: number): WebAssembly.Memory {
  const kept = spare;
  spare = null;
  if (kept?.maximum === maximum) return kept.memory;
  return new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum });
}

/** One that has grown is dropped: it cannot shrink. */
function keep(memory: WebAssembly.Memory, maximum: number): void {
  const bytes = new Uint8Array(memory.buffer);
  if (bytes.length > INITIAL_PAGES * PAGE_BYTES) return;
  bytes.fill(0);
  spare = { memory, maximum };
}

async function instantiate(wasmMemory: WebAssembly.Memory): Promise<QuickJSEmscriptenModule> {
  const options: EmscriptenModuleLoaderOptions & Silence = {
    wasmMemory,
    instantiateWasm(imports, onSuccess) {
      const instance = new WebAssembly.Instance(wasm, imports);
      onSuccess(instance);
      return instance.exports;
    },
    print: () => undefined,
    printErr: () => undefined,
  };
  const load = await variant.importModuleLoader();
  if (typeof load !== 'function') throw new Error('The QuickJS package has another layout than expected.');
  return load(options);
}

/** The engine's last words before an abort would go to the process's own output; the abort is reported. */
interface Silence {
  print(text: string): void;
  printErr(text: string): void;
}

function compiledOnce(): WebAssembly.Module {
  const path = createRequire(import.meta.url).resolve('@jitl/quickjs-wasmfile-release-sync/wasm');
  return new WebAssembly.Module(readFileSync(path));
}
