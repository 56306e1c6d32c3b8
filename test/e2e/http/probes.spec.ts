import { Counter, Registry } from 'prom-client';
import { ProbesModule } from '../../../src/http/shared/probes/probes.module.js';
import {
  HEALTH_CHECKS,
  METRICS_REGISTRY,
  type HealthCheck,
  type HealthReport,
} from '../../../src/http/shared/probes/probes.js';
import { Global, Module } from '@nestjs/common';
import { bearer, startApplication, type Application } from './application.js';

let databaseSays: () => Promise<HealthReport> = () => Promise.resolve({ ok: true });
const checks: HealthCheck[] = [
  { name: 'database', check: () => databaseSays() },
  { name: 'scheduler', check: () => Promise.resolve({ ok: true, detail: '3 armed' }) },
];
const registry = new Registry();

@Global()
@Module({
  providers: [
    { provide: HEALTH_CHECKS, useValue: checks },
    { provide: METRICS_REGISTRY, useValue: registry },
  ],
  exports: [HEALTH_CHECKS, METRICS_REGISTRY],
})
class PartsModule {}

describe('probes', () => {
  let application: Application;

  beforeAll(async () => {
    new Counter({ name: 'rings_total', help: 'Rings so far.', registers: [registry] }).inc(3);
    application = await startApplication({ imports: [PartsModule, ProbesModule] });
  });

  afterAll(() => application.close());

  const ready = async (): Promise<{ status: number; body: unknown }> => {
    const response = await fetch(`${application.url}/health/ready`);
    return { status: response.status, body: await response.json() };
  };

  it('say that the process lives, to everybody, whatever its parts say', async () => {
    databaseSays = () => Promise.resolve({ ok: false });
    const response = await fetch(`${application.url}/health/live`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: 'ok' });
  });

  it('say that it is ready when every check passes', async () => {
    databaseSays = () => Promise.resolve({ ok: true });
    expect(await ready()).toEqual({
      status: 200,
      body: { status: 'ok', checks: { database: { ok: true }, scheduler: { ok: true, detail: '3 armed' } } },
    });
  });

  it('say what is not', async () => {
    databaseSays = () => Promise.resolve({ ok: false, detail: 'cannot be reached' });
    expect(await ready()).toEqual({
      status: 503,
      body: {
        status: 'unavailable',
        checks: {
          database: { ok: false, detail: 'cannot be reached' },
          scheduler: { ok: true, detail: '3 armed' },
        },
      },
    });
  });

  it('take a check that throws for a failed one, without its message', async () => {
    databaseSays = () => Promise.reject(new Error('postgres://u:hunter2@db'));
    const { status, body } = await ready();
    expect(status).toBe(503);
    expect(JSON.stringify(body)).not.toContain('hunter2');
  });

  it('do not wait for a check that hangs', async () => {
    databaseSays = () => new Promise(() => undefined);
    const { status, body } = await ready();
    expect(status).toBe(503);
    expect(body).toMatchObject({ checks: { database: { ok: false, detail: 'no answer within 3000 ms' } } });
  });

  it('give the metrics to viewers alone', async () => {
    expect((await fetch(`${application.url}/metrics`)).status).toBe(401);
    const response = await fetch(`${application.url}/metrics`, { headers: bearer('viewer') });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('text/plain');
    expect(await response.text()).toContain('rings_total 3');
  });
});
