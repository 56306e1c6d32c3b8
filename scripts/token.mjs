/** `npm run token -- --role admin --sub you`: builds if needed, then prints a token on standard output. */
import { buildIfNeeded } from './build-if-needed.mjs';

await buildIfNeeded();
await import('../dist/token.js');
