/**
 * Lets node run the TypeScript of this repository without a build, decorators and their metadata included:
 *   node --import ./test/support/typescript-loader.mjs <file>.ts
 * The specs start real processes with it (see run-typescript.ts).
 */
import { register } from 'node:module';

process.setSourceMapsEnabled(true);
register('./typescript-hooks.mjs', import.meta.url);
