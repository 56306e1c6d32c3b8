import { createHmac, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';

/** The function that the cookbook gives to receivers of webhooks, as it stands there. */
export function verifyOfCookbook(): (
  secret: string,
  headers: Record<string, unknown>,
  body: string,
) => boolean {
  const text = readFileSync('docs/cookbook.md', 'utf8');
  const code = /```js\n(import \{ createHmac[\s\S]*?)```/.exec(text)?.[1];
  if (code === undefined) throw new Error('The cookbook does not tell how to verify a webhook');
  const script = code.replace(/^import .*$/m, '').replace('export function', 'function');
  const globals = { createHmac, timingSafeEqual, Buffer, Date, Math };
  return runInNewContext(`${script}; verify`, globals) as ReturnType<typeof verifyOfCookbook>;
}
