import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** `npm run bench`: everything, one after another, each in a process of its own. `npm run bench -- lateness` runs one. */
const ALL = [
  'compare',
  'fires',
  'history',
  'snapshot',
  'api',
  'lateness',
  'flow',
  'footprint',
  'monitoring',
  'workflows',
  'scripts',
];
const wanted = process.argv.slice(2);

for (const name of wanted.length > 0 ? wanted : ALL) {
  console.log(`\n${name}`);
  const loader = join(import.meta.dirname, '..', 'test', 'support', 'typescript-loader.mjs');
  const file = join(import.meta.dirname, `${name}.ts`);
  const { status } = spawnSync(process.execPath, ['--expose-gc', '--import', loader, file], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exitCode = 1;
}
