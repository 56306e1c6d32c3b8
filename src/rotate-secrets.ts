/** `npm run secrets:rotate`: puts all that is sealed in the database under the present SECRETS_KEY. */
import 'reflect-metadata';
import { rotateSecrets } from './roles/rotate-secrets.js';

process.exitCode = await rotateSecrets();
