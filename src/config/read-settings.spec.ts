import { ConfigurationError, type SettingFault } from './configuration-error.js';
import { readSettings } from './read-settings.js';

const CWD = '/srv/carillon';
const SECRET = 'correct-horse-battery-staple-and-more';
const KEY = Buffer.alloc(32, 7).toString('base64');

function faultsOf(env: NodeJS.ProcessEnv): readonly SettingFault[] {
  try {
    readSettings(env, CWD);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  }
  return [];
}

describe('readSettings', () => {
  it('fills in every default', () => {
    expect(readSettings({}, CWD)).toEqual({
      port: 3000,
      host: '127.0.0.1',
      databaseUrl: null,
      dataDir: '/srv/carillon/.data',
      role: 'all',
      jwt: { secret: null, jwksUrl: null, issuer: null, audience: null },
      workerConcurrency: 64,
      leaseSeconds: 30,
      schedulerHorizonSeconds: 60,
      shutdownGraceSeconds: 30,
      executionRetentionDays: 30,
      auditRetentionDays: 365,
      retentionSchedule: '17 3 * * *',
      circuits: { failures: 20, coolDownSeconds: 30 },
      outboundAllow: [],
      fileRoots: {},
      dataSources: {},
      secretsKey: null,
      secretsKeyPrevious: null,
      codeLanguages: ['javascript', 'typescript'],
      logLevel: 'info',
      corsOrigins: [],
    });
  });

  it('reads every variable', () => {
    const settings = readSettings(
      {
        PORT: '0',
        HOST: '::1',
        DATABASE_URL: 'postgresql://u:p@db:5432/carillon',
        DATA_DIR: 'var/../data',
        ROLE: 'worker',
        JWT_SECRET: SECRET,
        JWT_ISSUER: 'https://idp.example.com/',
        JWT_AUDIENCE: 'carillon',
        WORKER_CONCURRENCY: '1000',
        LEASE_SECONDS: '3',
        SCHEDULER_HORIZON_SECONDS: '3600',
        SHUTDOWN_GRACE_SECONDS: '0',
        EXECUTION_RETENTION_DAYS: '3650',
        AUDIT_RETENTION_DAYS: '7',
        CIRCUIT_FAILURES: '0',
        CIRCUIT_COOLDOWN_SECONDS: '3600',
        RETENTION_SCHEDULE: '@hourly',
        OUTBOUND_ALLOW: '10.0.0.0/8, 192.168.1.9 , fd00::/8,::1',
        FILE_ROOTS: 'in=/srv/in,out-2=/srv/x/../out',
        DATA_SOURCES: 'main=postgres://u:p@h/db?a=b,old_one=mysql://u:p@h/db',
        SECRETS_KEY: KEY,
        SECRETS_KEY_PREVIOUS: KEY,
        LOG_LEVEL: 'silent',
        CORS_ORIGINS: 'https://app.example.com,http://localhost:5173',
      },
      CWD,
    );
    expect(settings).toEqual({
      port: 0,
      host: '::1',
      databaseUrl: 'postgresql://u:p@db:5432/carillon',
      dataDir: '/srv/carillon/data',
      role: 'worker',
      jwt: { secret: SECRET, jwksUrl: null, issuer: 'https://idp.example.com/', audience: 'carillon' },
      workerConcurrency: 1000,
      leaseSeconds: 3,
      schedulerHorizonSeconds: 3600,
      shutdownGraceSeconds: 0,
      executionRetentionDays: 3650,
      auditRetentionDays: 7,
      retentionSchedule: '@hourly',
      circuits: { failures: 0, coolDownSeconds: 3600 },
      outboundAllow: ['10.0.0.0/8', '192.168.1.9/32', 'fd00::/8', '::1/128'],
      fileRoots: { in: '/srv/in', 'out-2': '/srv/out' },
      dataSources: { main: 'postgres://u:p@h/db?a=b', old_one: 'mysql://u:p@h/db' },
      secretsKey: Buffer.alloc(32, 7),
      secretsKeyPrevious: Buffer.alloc(32, 7),
      codeLanguages: ['javascript', 'typescript'],
      logLevel: 'silent',
      corsOrigins: ['https://app.example.com', 'http://localhost:5173'],
    });
  });

  it('takes a blank variable as unset', () => {
    expect(readSettings({ PORT: '', DATABASE_URL: '  ', FILE_ROOTS: '' }, CWD)).toEqual(
      readSettings({}, CWD),
    );
  });

  it('freezes the settings to the bottom', () => {
    const settings = readSettings({ FILE_ROOTS: 'a=/a', SECRETS_KEY: KEY }, CWD);
    for (const part of [settings, settings.jwt, settings.fileRoots, settings.outboundAllow]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });

  it('lets no name stand for an inherited property', () => {
    const { fileRoots } = readSettings({ FILE_ROOTS: '__proto__=/a' }, CWD);
    expect(Object.keys(fileRoots)).toEqual(['__proto__']);
    expect(fileRoots['constructor']).toBeUndefined();
  });

  it.each<[string, string, RegExp]>([
    ['PORT', 'abc', /0 to 65535/],
    ['PORT', '65536', /0 to 65535/],
    ['PORT', '-1', /0 to 65535/],
    ['PORT', '3e3', /0 to 65535/],
    ['PORT', '3000.5', /0 to 65535/],
    ['HOST', 'two words', /host name/],
    ['HOST', 'http://x', /host name/],
    ['DATABASE_URL', 'mysql://u:hunter2@h/db', /postgres:\/\//],
    ['DATABASE_URL', 'mysql://u@/db?host=/socket', /postgres:\/\//],
    ['CODE_LANGUAGES', 'javascript,perl', /javascript, typescript, python, shell/],
    ['OUTBOUND_ALLOW', '10/8', /CIDRs/],
    ['DATABASE_URL', 'host=localhost', /postgres:\/\//],
    ['ROLE', 'sheduler', /all, api, scheduler, worker/],
    ['ROLE', 'ALL', /all, api, scheduler, worker/],
    ['JWT_SECRET', 'x'.repeat(31), /32 characters/],
    ['JWT_JWKS_URL', 'ftp://idp/keys', /http/],
    ['JWT_JWKS_URL', 'idp.example.com', /http/],
    ['WORKER_CONCURRENCY', '0', /1 to 1000/],
    ['WORKER_CONCURRENCY', '1001', /1 to 1000/],
    ['LEASE_SECONDS', '2', /3 to 3600/],
    ['LEASE_SECONDS', '3601', /3 to 3600/],
    ['SCHEDULER_HORIZON_SECONDS', '4', /5 to 3600/],
    ['SHUTDOWN_GRACE_SECONDS', '3601', /0 to 3600/],
    ['EXECUTION_RETENTION_DAYS', '0', /1 to 3650/],
    ['OUTBOUND_ALLOW', '10.0.0.0/33', /CIDR/],
    ['OUTBOUND_ALLOW', '10.0.0.0/8,localhost', /CIDR/],
    ['OUTBOUND_ALLOW', '10', /CIDR/],
    ['FILE_ROOTS', 'in=relative/path', /absolute path/],
    ['FILE_ROOTS', '/srv/in', /name=value/],
    ['FILE_ROOTS', 'bad name=/srv', /name=value/],
    ['FILE_ROOTS', 'a=/x,a=/y', /each name once/],
    ['DATA_SOURCES', 'main=oracle://u:hunter2@h/db', /postgres:\/\/ or postgresql:\/\/ or mysql:\/\//],
    ['DATA_SOURCES', '=postgres://h/db', /name=value/],
    ['SECRETS_KEY', Buffer.alloc(31).toString('base64'), /32 bytes/],
    ['SECRETS_KEY', `!${KEY.slice(1)}`, /32 bytes/],
    ['LOG_LEVEL', 'verbose', /fatal, error, warn/],
    ['CORS_ORIGINS', '*', /origins such as/],
    ['CORS_ORIGINS', 'https://app.example.com/', /origins such as/],
    ['CORS_ORIGINS', 'app.example.com', /origins such as/],
  ])('refuses %s=%s', (variable, value, allowed) => {
    const faults = faultsOf({ [variable]: value });
    expect(faults.map((fault) => fault.variable)).toEqual([variable]);
    expect(faults[0]?.allowed).toMatch(allowed);
  });

  it('refuses a secret together with a JWKS', () => {
    const faults = faultsOf({ JWT_SECRET: SECRET, JWT_JWKS_URL: 'https://idp.example.com/keys' });
    expect(faults).toEqual([
      {
        variable: 'JWT_SECRET',
        given: 'it was given together with JWT_JWKS_URL',
        allowed: 'one of the two, not both',
      },
    ]);
  });

  it('names every fault in one message, with what was given', () => {
    expect(() => readSettings({ PORT: 'abc', ROLE: 'boss', LEASE_SECONDS: '1' }, CWD)).toThrow(
      'The configuration has 3 faults:\n' +
        '  PORT: "abc" was given; allowed: a whole number from 0 to 65535\n' +
        '  ROLE: "boss" was given; allowed: all, api, scheduler, worker\n' +
        '  LEASE_SECONDS: "1" was given; allowed: a whole number from 3 to 3600',
    );
  });

  it.each([
    ['JWT_SECRET', 'hunter2'],
    ['SECRETS_KEY', 'hunter2'],
    ['DATABASE_URL', 'mysql://u:hunter2@h/db'],
    ['DATA_SOURCES', 'main=oracle://u:hunter2@h/db'],
    ['DATA_SOURCES', 'mysql://u:hunter2@h/db'],
  ])('keeps the value of %s out of the message', (variable, value) => {
    const [fault] = faultsOf({ [variable]: value });
    expect(fault).toBeDefined();
    expect(JSON.stringify(fault)).not.toContain('hunter2');
  });
});
