import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

const BYTES = 32;

/**
 * A random secret of 32 bytes that is made once and kept in `<dataDir>/<name>`, mode 0600. Processes that
 * start at once all answer the same one, and a crash half way leaves nothing half written.
 * @returns the secret in base64
 * @throws Error when the file holds something else, or the directory cannot be written
 */
export function keptSecret(dataDir: string, name: string): string {
  mkdirSync(dataDir, { recursive: true });
  const path = join(dataDir, name);
  const kept = readKept(path);
  if (kept !== null) return kept;

  const draft = `${path}.${process.pid}.${randomBytes(6).toString('hex')}`;
  writeDraft(draft, randomBytes(BYTES).toString('base64'));
  try {
    // A link either takes the name or fails because another process took it first; a rename would
    // overwrite the secret that the other one already uses.
    linkSync(draft, path);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  } finally {
    unlinkSync(draft);
  }
  const settled = readKept(path);
  if (settled === null) throw new Error(`The secret ${path} vanished while it was being made.`);
  return settled;
}

function writeDraft(path: string, text: string): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeSync(file, `${text}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function readKept(path: string): string | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null;
    throw error;
  }
  if (Buffer.from(text, 'base64').length !== BYTES) {
    throw new Error(
      `The kept secret ${path} is damaged: it must hold ${BYTES} bytes in base64. Restore it from a backup, or delete it to have a new one made (what the old one signed or encrypted is then lost).`,
    );
  }
  if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
  return text;
}

function isErrno(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
