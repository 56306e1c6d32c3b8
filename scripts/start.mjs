/**
 * `npm start`: builds when the sources are newer than the build, then serves. The service runs in this very
 * process, so that signals and the exit code are its own.
 */
import { buildIfNeeded } from './build-if-needed.mjs';

await buildIfNeeded();
await import('../dist/main.js');
