import { availableParallelism } from 'node:os';

/**
 * jest runs this ESM code base through a CommonJS transform: native ESM jest cannot hoist mocks and
 * fails with some Nest packages. ESM-only packages are transformed with it (see `esmPackages`).
 */
const swc = {
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
  },
  module: { type: 'commonjs', importInterop: 'node' },
};
const swcJs = { ...swc, jsc: { target: 'es2022', parser: { syntax: 'ecmascript' } } };
/** uuid's files import each other's default exports, which Node's interop would hide. */
const swcDefaults = { ...swcJs, module: { type: 'commonjs', importInterop: 'swc' } };
const esmPackages =
  '@nestjs|file-type|strtok3|token-types|uint8array-extras|@borewit|@tokenizer|es-toolkit|jose|uuid|croner|content-disposition';

/** @type {import('jest').Config} */
const base = {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': ['$1', '$1.js'] },
  transform: {
    '\\.ts$': ['@swc/jest', swc],
    '/node_modules/uuid/.*\\.js$': ['@swc/jest', swcDefaults],
    '\\.m?js$': ['@swc/jest', swcJs],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${esmPackages})/)`],
  modulePathIgnorePatterns: ['<rootDir>/dist'],
};

/** A project of tests that need PostgreSQL: one cluster for the whole run, one database a file. */
const withPostgres = (name, testMatch) => ({
  ...base,
  displayName: name,
  testMatch,
  globalSetup: '<rootDir>/test/support/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
});

export default {
  testTimeout: 30_000,
  // Two at least, also on two cores, where jest would take one: most tests wait for a database or a socket.
  maxWorkers: Math.max(availableParallelism() - 1, 2),
  projects: [
    { ...base, displayName: 'unit', testMatch: ['<rootDir>/src/**/*.spec.ts'] },
    withPostgres('integration', ['<rootDir>/test/integration/**/*.spec.ts']),
    withPostgres('e2e', ['<rootDir>/test/{e2e,conformance}/**/*.spec.ts']),
    // Takes minutes: clusters created anew, memory over thousands of runs, graphs of thousands of steps.
    withPostgres('slow', ['<rootDir>/test/slow/**/*.spec.ts']),
    withPostgres('chaos', ['<rootDir>/test/chaos/**/*.spec.ts']),
  ],
};
