/** `npm run token -- --role admin --sub you`: prints a bearer token for this installation. */
import { runTokenCommand } from './modules/auth/token-command.js';

process.exitCode = runTokenCommand(process.argv.slice(2));
