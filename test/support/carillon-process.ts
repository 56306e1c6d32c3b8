import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { issueToken } from '../../src/modules/auth/issue-token.js';
import { runTypeScript, type TypeScriptProcess } from './run-typescript.js';

const SECRET = 'a-secret-of-the-chaos-tests-long-enough';
/** The processes over one database share their master key. */
const KEY = Buffer.alloc(32, 'chaos').toString('base64');
const MAIN = join(import.meta.dirname, '..', '..', 'src', 'main.ts');

/** A real Carillon process, as `npm start` would run it. Kill, stop and continue it as you like. */
export interface CarillonProcess {
  readonly url: string;
  readonly process: TypeScriptProcess;
  /** A request with an admin's token. */
  call(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: ReturnType<typeof JSON.parse> }>;
  /** SIGKILL, and wait until it is gone. */
  kill(): Promise<void>;
  /** SIGTERM, and wait until it has drained. */
  stop(): Promise<void>;
}

/** Starts one process over a database and waits until it serves. */
export async function startCarillon(
  databaseUrl: string,
  env: Record<string, string> = {},
): Promise<CarillonProcess> {
  const dataDir = await mkdtemp(join(tmpdir(), 'carillon-chaos-'));
  const process = runTypeScript(MAIN, {
    cwd: dataDir,
    env: {
      DATABASE_URL: databaseUrl,
      DATA_DIR: dataDir,
      JWT_SECRET: SECRET,
      SECRETS_KEY: KEY,
      PORT: '0',
      OUTBOUND_ALLOW: '127.0.0.0/8',
      LEASE_SECONDS: '3',
      SCHEDULER_HORIZON_SECONDS: '10',
      SHUTDOWN_GRACE_SECONDS: '5',
      LOG_LEVEL: 'info',
      ...env,
    },
  });
  const url = await listening(process);
  const end = async (signal: 'SIGKILL' | 'SIGTERM') => {
    process.kill(signal);
    await process.ended;
    await rm(dataDir, { recursive: true, force: true });
  };
  return { url, process, call: caller(url), kill: () => end('SIGKILL'), stop: () => end('SIGTERM') };
}

/** The address stands in the log line that Nest writes when it listens. */
async function listening(process: TypeScriptProcess): Promise<string> {
  return process.nextLine((line) => /"listens on (http:[^"]+)"/.exec(line)?.[1], 90_000);
}

function caller(url: string): CarillonProcess['call'] {
  const token = issueToken(
    { subject: 'chaos', role: 'admin', projects: null, expiresInSeconds: 3_600 },
    SECRET,
    { issuer: null, audience: null },
  );
  return async (method, path, body) => {
    const response = await fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? null : JSON.parse(text) };
  };
}
