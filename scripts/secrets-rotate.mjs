/** `npm run secrets:rotate`: builds if needed, then puts all that is sealed under the new SECRETS_KEY. */
import { buildIfNeeded } from './build-if-needed.mjs';

await buildIfNeeded();
await import('../dist/rotate-secrets.js');
