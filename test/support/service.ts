import 'reflect-metadata';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readSettings } from '../../src/config/read-settings.js';
import { issueToken } from '../../src/modules/auth/issue-token.js';
import type { AccessRole } from '../../src/modules/auth/principal.js';
import { createExecutors } from '../../src/roles/executors.js';
import { createApp } from '../../src/roles/service.js';
import { createTestDatabase } from './database.js';

/** Script threads are started outside of jest. */
const LOADER = pathToFileURL(join(import.meta.dirname, 'typescript-loader.mjs')).href;
const SECRET = 'a-secret-of-the-tests-that-is-long-enough';

export interface CallOptions {
  /** Default: an admin's. Null: none. */
  token?: string | null;
  headers?: Record<string, string>;
}

/** What JSON.parse gives: tests look into it freely. */
type Body = ReturnType<typeof JSON.parse>;

export interface Answer {
  status: number;
  headers: Headers;
  /** Read as JSON where the answer says so, else text; null where there is none. */
  body: Body;
}

/** A whole Carillon on a database of its own, with a real listener on loopback. */
export interface TestService {
  readonly url: string;
  readonly databaseUrl: string;
  readonly app: NestFastifyApplication;
  token(role?: AccessRole, extra?: { subject?: string; projects?: string[] | null }): string;
  /** A request with a JSON body, or none. */
  call(method: string, path: string, body?: unknown, options?: CallOptions): Promise<Answer>;
  stop(): Promise<void>;
}

/**
 * Starts a service for one test file.
 * @param env settings beside the defaults of the tests: loopback may be called, short lease and grace, no logs
 * @param databaseUrl an existing test database, for a second service over the same one
 */
export async function startService({
  env = {},
  databaseUrl,
}: { env?: Record<string, string>; databaseUrl?: string } = {}): Promise<TestService> {
  const database = databaseUrl
    ? { url: databaseUrl, drop: () => Promise.resolve() }
    : await createTestDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'carillon-test-'));
  const settings = readSettings(
    {
      DATABASE_URL: database.url,
      DATA_DIR: dataDir,
      JWT_SECRET: SECRET,
      OUTBOUND_ALLOW: '127.0.0.0/8,::1/128',
      LEASE_SECONDS: '5',
      SHUTDOWN_GRACE_SECONDS: '1',
      LOG_LEVEL: 'silent',
      ...env,
    },
    dataDir,
  );
  const app = await createApp(settings, database.url, createExecutors(settings, ['--import', LOADER]));
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  const token: TestService['token'] = (role = 'admin', { subject = 'tester', projects = null } = {}) =>
    issueToken({ subject, role, projects, expiresInSeconds: 3_600 }, SECRET, settings.jwt);
  return {
    url,
    databaseUrl: database.url,
    app,
    token,
    call: (method, path, body, options = {}) => call(url, method, path, body, { token: token(), ...options }),
    stop: async () => {
      await app.close();
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function call(
  base: string,
  method: string,
  path: string,
  body: unknown,
  options: CallOptions,
): Promise<Answer> {
  const response = await fetch(base + path, {
    method,
    headers: {
      ...(options.token ? { authorization: `Bearer ${options.token}` } : {}),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...options.headers,
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? null : isJson ? JSON.parse(text) : text,
  };
}
