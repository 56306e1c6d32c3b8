import { randomBytes } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { EmbeddedPostgresError } from './errors.js';

/** The exclusive right to the data of one directory; see `takeOwnership`. */
export interface Ownership {
  release(): Promise<void>;
}

/** How long an owner may take to say its process number; a stopped process (SIGSTOP) never does. */
const ANSWER_MS = 1_000;
const ATTEMPTS = 5;

/**
 * Takes the right to run PostgreSQL on a directory. The right is a Unix socket that this process listens on: the
 * kernel ends it with the process, however that dies, so that no process numbers need to be believed. It holds
 * between containers too, as long as they share the folder on one machine.
 * @param path where the socket stands; about 100 bytes at most
 * @param subject the directory, for the message
 * @throws EmbeddedPostgresError when another living process has the right
 */
export async function takeOwnership(path: string, subject: string): Promise<Ownership> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const server = await listen(path);
    if (server) return { release: () => close(server) };
    const owner = await askOwner(path);
    if (owner !== null) {
      throw new EmbeddedPostgresError(
        `Another Carillon already uses ${subject} (process ${owner}). Stop it, or set DATA_DIR.`,
      );
    }
    await removeDead(path);
  }
  throw new EmbeddedPostgresError(
    `Several processes start on ${subject} at once. Start one, or set DATA_DIR.`,
  );
}

/** @returns null when something stands at `path` already */
function listen(path: string): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end(String(process.pid));
    });
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(null) : reject(error),
    );
    server.listen(path, () => resolve(server));
  });
}

/** The process number of who listens on `path`; null when nobody does. */
function askOwner(path: string): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect(path);
    let answer = '';
    let connected = false;
    const finish = () => {
      socket.destroy();
      resolve(connected ? answer || 'unknown' : null);
    };
    socket.setTimeout(ANSWER_MS, finish);
    socket.on('connect', () => (connected = true));
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('error', finish);
    socket.on('end', finish);
  });
}

/** Moves the socket aside first: if a faster process has put a living one there meanwhile, it goes back. */
async function removeDead(path: string): Promise<void> {
  const aside = `${path}.${randomBytes(3).toString('hex')}`;
  try {
    await rename(path, aside);
  } catch {
    return; // A faster process has removed it.
  }
  if ((await askOwner(aside)) === null) await rm(aside, { force: true });
  else await rename(aside, path);
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
