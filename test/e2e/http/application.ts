import { Module, type Provider, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ConfigurationModule } from '../../../src/config/configuration.module.js';
import { readSettings } from '../../../src/config/read-settings.js';
import { configureHttp, type HttpOptions } from '../../../src/http/shared/configure-http.js';
import { createHttpAdapter } from '../../../src/http/shared/requests/http-adapter.js';
import { AuthModule } from '../../../src/modules/auth/auth.module.js';
import { issueToken } from '../../../src/modules/auth/issue-token.js';
import type { AccessRole } from '../../../src/modules/auth/principal.js';

export const SECRET = 'a-secret-that-only-this-test-application-knows';

export interface ApplicationParts extends HttpOptions {
  readonly controllers?: Type[];
  readonly providers?: Provider[];
  readonly imports?: Type[];
  readonly env?: NodeJS.ProcessEnv;
  readonly bodyLimitBytes?: number;
  /** Called between the configuration and the start. */
  readonly prepare?: (app: NestFastifyApplication) => void;
}

export interface Application {
  readonly app: NestFastifyApplication;
  /** Without a trailing slash. */
  readonly url: string;
  close(): Promise<void>;
}

/** A small application from the shared HTTP parts, listening on a free port of the loopback. */
export async function startApplication(parts: ApplicationParts): Promise<Application> {
  const settings = readSettings({ JWT_SECRET: SECRET, ...parts.env }, process.cwd());
  class TestModule {}
  Module({
    imports: [ConfigurationModule.forRoot(settings), AuthModule, ...(parts.imports ?? [])],
    controllers: [...(parts.controllers ?? [])],
    providers: [...(parts.providers ?? [])],
  })(TestModule);
  const app = await NestFactory.create<NestFastifyApplication>(
    TestModule,
    createHttpAdapter(parts.bodyLimitBytes),
    { bodyParser: false, logger: false },
  );
  configureHttp(app, settings, parts);
  parts.prepare?.(app);
  await app.listen(0, '127.0.0.1');
  return { app, url: (await app.getUrl()).replace('[::1]', '127.0.0.1'), close: () => app.close() };
}

/** An `Authorization` header with a token that this application accepts. */
export function bearer(role: AccessRole, projects: string[] | null = null): { authorization: string } {
  const token = issueToken({ subject: 'tester', role, projects, expiresInSeconds: 600 }, SECRET, {
    issuer: null,
    audience: null,
  });
  return { authorization: `Bearer ${token}` };
}

/** POSTs a text as JSON, whatever it holds. */
export function postJson(
  url: string,
  body: string | Buffer,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    body: typeof body === 'string' ? body : new Uint8Array(body),
    headers: { 'content-type': 'application/json', ...bearer('operator'), ...headers },
  });
}
