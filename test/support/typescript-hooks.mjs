/** The module hooks behind typescript-loader.mjs. They run in node's own loader thread. */
import { transform } from '@swc/core';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const swcVersion = createRequire(import.meta.url)('@swc/core/package.json').version;
const repository = dirname(dirname(import.meta.dirname));
const cacheFolder = join(repository, 'node_modules', '.cache', 'carillon-typescript');

/** The same meaning of TypeScript as in jest.config.mjs and tsconfig.json, but as ES modules. */
const options = {
  swcrc: false,
  configFile: false,
  sourceMaps: 'inline',
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
  },
  module: { type: 'es6' },
};
const cacheKeyPrefix = JSON.stringify([swcVersion, options]);

/** `./x.js` means `./x.ts` wherever only that one exists, as it does for tsc. */
export async function resolve(specifier, context, nextResolve) {
  if (specifier.endsWith('.js') && /^(\.{1,2}\/|file:)/.test(specifier) && !isInPackage(context.parentURL)) {
    const url = new URL(specifier, context.parentURL);
    const source = new URL(url.href.slice(0, -'.js'.length) + '.ts');
    if (!existsSync(url) && existsSync(source)) return nextResolve(source.href, context);
  }
  return nextResolve(specifier, context);
}

/** Transforms the `.ts` files of the repository; leaves everything else to node. */
export async function load(url, context, nextLoad) {
  if (!url.startsWith('file:') || !url.endsWith('.ts') || isInPackage(url)) return nextLoad(url, context);
  const file = fileURLToPath(url);
  return { format: 'module', source: await transformed(file), shortCircuit: true };
}

function isInPackage(url) {
  return url?.includes('/node_modules/') ?? false;
}

async function transformed(file) {
  const source = await readFile(file, 'utf8');
  const key = createHash('sha256')
    .update(cacheKeyPrefix)
    .update(file)
    .update('\0')
    .update(source)
    .digest('hex');
  const cached = join(cacheFolder, `${key}.mjs`);
  try {
    return await readFile(cached, 'utf8');
  } catch {
    const { code } = await transform(source, {
      ...options,
      filename: file,
      sourceFileName: pathToFileURL(file).href,
    });
    await keep(cached, code);
    return code;
  }
}

/** Written aside and renamed, so that processes that start together never read half a file. */
async function keep(cached, code) {
  const draft = `${cached}.${randomBytes(6).toString('hex')}`;
  try {
    await mkdir(cacheFolder, { recursive: true });
    await writeFile(draft, code);
    await rename(draft, cached);
  } catch {
    // A child that runs as another user may not write here; it does without the cache.
  }
}
