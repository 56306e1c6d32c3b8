import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const STAMP = join(ROOT, 'dist', '.tsbuildinfo');

/** Builds `dist/` unless it is newer than every source. An image without sources has its build already. */
export async function buildIfNeeded() {
  const sources = newest(join(ROOT, 'src'));
  if (sources === null || sources < modified(STAMP)) return;
  process.stderr.write('Building (once, about 20 seconds) …\n');
  const { status } = spawnSync(
    process.execPath,
    [join(ROOT, 'node_modules', '@nestjs', 'cli', 'bin', 'nest.js'), 'build'],
    {
      cwd: ROOT,
      stdio: ['ignore', 2, 2],
    },
  );
  if (status !== 0) process.exit(status ?? 1);
}

/** When the youngest file under a folder was written; null without the folder. */
function newest(folder) {
  try {
    return Math.max(
      ...readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => modified(join(entry.parentPath, entry.name))),
    );
  } catch {
    return null;
  }
}

function modified(file) {
  try {
    return statSync(file).mtimeMs;
  } catch {
    return 0;
  }
}
