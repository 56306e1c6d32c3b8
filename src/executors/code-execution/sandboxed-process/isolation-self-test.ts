import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { findBubblewrap, type SandboxedProcess } from './bubblewrap.js';
import type { ProcessSandbox } from './process-sandbox.js';

const TEST_TIMEOUT_MS = 20_000;
const MIB = 1024 * 1024;
const NAMESPACES = ['user', 'pid', 'net', 'mnt', 'ipc', 'uts'] as const;

/** Exist inside too, as other places than outside. */
const OWN_PLACES: ReadonlySet<string> = new Set(['/', '/tmp']);

/** Each attempt to get out or to take too much is written as `name=what came of it`. */
const PROBE = `
say() { printf '%s=%s\\n' "$1" "$2"; }
for name in ${NAMESPACES.join(' ')}; do say "ns-$name" "$(readlink /proc/self/ns/$name)"; done
say interfaces "$(tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' \\n')"
say uid "$(id -u)"
say capabilities "$(sed -n 's/^CapEff:[[:space:]]*//p' /proc/self/status)"
say no-new-privileges "$(sed -n 's/^NoNewPrivs:[[:space:]]*//p' /proc/self/status)"
while read -r path; do if [ -e "$path" ]; then say visible "$path"; fi; done
for place in / /usr/bin /dev /dev/shm /run; do
  if (: > "$place/written") 2>/dev/null; then say writable "$place"; fi
done
if unshare -U true 2>/dev/null; then say user-namespaces open; fi
if head -c 256M /dev/zero 2>/dev/null | tail -c 256M >/dev/null 2>&1; then say memory open; fi
head -c 64M /dev/zero > /tmp/large 2>/dev/null
say file-size "$(wc -c < /tmp/large)"
rm -f /tmp/large
(setsid sleep 1000.$1 </dev/null >/dev/null 2>&1 3>&- &)
(i=0; while [ $i -lt 100 ]; do sleep 100 3>&- & i=$((i+1)); done) >/dev/null 2>&1
say processes "$(ls /proc | grep -c '^[0-9]')"
say end reached
`;

/**
 * Tries to break out of a sandbox and to take more than its limits, on this very machine.
 * @param hiddenPaths absolute paths of the host that must not exist inside
 * @returns the first thing that did not hold, for the operator; null: the isolation is proven
 */
export async function isolationFault(
  sandbox: ProcessSandbox,
  hiddenPaths: readonly string[],
): Promise<string | null> {
  if (process.platform !== 'linux') return 'The isolation of processes needs Linux (bubblewrap).';
  if (findBubblewrap() === null) return 'bubblewrap (bwrap) is not installed.';
  const canary = mkdtempSync(join(tmpdir(), 'carillon-canary-'));
  writeFileSync(join(canary, 'secret'), 'must not be seen');
  const marker = randomBytes(8).readBigUInt64LE().toString();
  try {
    const hidden = ['/etc/passwd', '/root', '/home', process.cwd(), canary, ...hiddenPaths];
    const foreign = hidden.filter((path) => !OWN_PLACES.has(path));
    const probed = await probe(sandbox, foreign, marker);
    return probed ?? ((await outlives(marker)) ? 'A process outlived its sandbox.' : null);
  } catch (error) {
    return `The sandbox cannot be started: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    rmSync(canary, { recursive: true, force: true });
  }
}

async function probe(
  sandbox: ProcessSandbox,
  hidden: readonly string[],
  marker: string,
): Promise<string | null> {
  const program = {
    command: ['sh', '/run/probe', marker],
    stdin: hidden.map((path) => `${path}\n`).join(''),
    files: { '/run/probe': PROBE },
    limits: {
      addressSpaceBytes: 64 * MIB,
      cpuSeconds: 10,
      processes: 24,
      fileBytes: 16 * MIB,
      scratchBytes: 32 * MIB,
    },
  };
  const answer = await sandbox.run(program, AbortSignal.timeout(TEST_TIMEOUT_MS), said);
  if (answer === null) return 'The start-up test of the sandbox did not get its turn.';
  return faultIn(answer);
}

interface Said {
  lines: string[];
  errors: string;
}

async function said({ stdout, stderr, output }: SandboxedProcess): Promise<Said> {
  output.resume();
  const [text, errors] = await Promise.all([whole(stdout), whole(stderr)]);
  return { lines: text.split('\n'), errors };
}

async function whole(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += chunk.toString();
  return text;
}

function faultIn({ lines, errors }: Said): string | null {
  const answers = new Map<string, string>();
  for (const line of lines) answers.set(line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1));
  const answer = (name: string) => answers.get(name) ?? '';

  if (answer('end') !== 'reached')
    return `The start-up test of the sandbox broke off: ${errors.trim() || 'no reason given'}`;
  for (const name of NAMESPACES) {
    const inside = answer(`ns-${name}`);
    if (inside === '' || inside === readlinkSync(`/proc/self/ns/${name}`))
      return `The sandbox shares the ${name} namespace.`;
  }
  if (answer('interfaces') !== 'lo') return `The sandbox has network interfaces: ${answer('interfaces')}.`;
  if (answer('uid') === '0') return 'The sandbox runs as root.';
  if (!/^0+$/.test(answer('capabilities'))) return `The sandbox has capabilities: ${answer('capabilities')}.`;
  if (answer('no-new-privileges') !== '1') return 'The sandbox can gain privileges.';
  if (answers.has('visible')) return `The sandbox sees ${answer('visible')}.`;
  if (answers.has('writable')) return `The sandbox can write to ${answer('writable')}.`;
  if (answers.has('user-namespaces')) return 'The sandbox can make user namespaces.';
  if (answers.has('memory')) return 'The limit of memory does not hold in the sandbox.';
  if (Number(answer('file-size')) > 16 * MIB) return 'The limit of file size does not hold in the sandbox.';
  if (Number(answer('processes')) > 24) return 'The limit of processes does not hold in the sandbox.';
  return null;
}

/** Whether the process that the probe left behind is still alive a moment after its sandbox has ended. */
async function outlives(marker: string): Promise<boolean> {
  const deadline = Date.now() + 2_000;
  while (isAlive(marker)) {
    if (Date.now() > deadline) return true;
    await wait(20);
  }
  return false;
}

function isAlive(marker: string): boolean {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.some((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(`1000.${marker}`);
    } catch {
      return false; // It ended while we looked.
    }
  });
}
