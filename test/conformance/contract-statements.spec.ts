import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { faultsOf, rowsOf } from '../support/statement-tables.js';

const ROOT = join(import.meta.dirname, '../..');
const DOCUMENTS = join(import.meta.dirname, 'contract');

const read = (path: string): string | null => {
  const whole = join(ROOT, path);
  return existsSync(whole) ? readFileSync(whole, 'utf8') : null;
};

describe.each(readdirSync(DOCUMENTS).filter((name) => name.endsWith('.md')))(
  'the statements of %s',
  (name) => {
    const markdown = readFileSync(join(DOCUMENTS, name), 'utf8');

    it('each have a test that runs', () => {
      const rows = rowsOf(markdown);
      expect(rows.length).toBeGreaterThan(20);
      expect(faultsOf(rows, read)).toEqual([]);
    });

    it('that cannot be checked say why', () => {
      const [, section = ''] = markdown.split('## Not checkable');
      const items = section.split('\n').filter((line) => line.startsWith('- '));
      expect(items.filter((item) => !item.includes('because'))).toEqual([]);
    });
  },
);

describe('the check itself', () => {
  const spec = `
    describe('outside', () => {
      it('runs', () => {});
      it.each([['a', 1]])('has %s', () => {});
      it.skip('waits', () => {});
      describe.skip('inside', () => { it('never', () => {}); });
    });
    describe('elsewhere', () => { it('runs', () => {}); test.failing('fails', () => {}); });`;
  const faults = (proof: string, id = 'X1') =>
    faultsOf(
      rowsOf(`| id | statement | proved by |\n| --- | --- | --- |\n| ${id} | It is so. | ${proof} |`),
      (path) => (path === 'a.spec.ts' ? spec : null),
    );

  it.each([
    ['`a.spec.ts` › `outside` › `runs`'],
    ["`a.spec.ts` › `has %s` with `'a', 1`"],
    ['`a.spec.ts` › `has %s`<br>`a.spec.ts` › `elsewhere` › `runs`'],
  ])('accepts %s', (proof) => {
    expect(faults(proof)).toEqual([]);
  });

  it.each([
    ['', 'names no test'],
    ['some day', 'names no test'],
    ['`b.spec.ts` › `runs`', 'no file b.spec.ts'],
    ['`a.spec.ts`', 'without a title'],
    ['`a.spec.ts` › `Runs`', 'no test'],
    ['`a.spec.ts` › `outside`', 'no test'],
    ['`a.spec.ts` › `runs`', '2 tests'],
    ['`a.spec.ts` › `waits`', 'skipped'],
    ['`a.spec.ts` › `never`', 'skipped'],
    ['`a.spec.ts` › `fails`', 'skipped'],
    ["`a.spec.ts` › `has %s` with `'b'`", "has no 'b'"],
    ['`a.spec.ts` › `has %s`<br>`a.spec.ts` › `lost`', 'no test'],
  ])('refuses %s: %s', (proof, why) => {
    expect(faults(proof)).toEqual([expect.stringContaining(why)]);
  });

  it('refuses an id that stands twice', () => {
    const row = '| X1 | It is so. | `a.spec.ts` › `has %s` |';
    expect(faultsOf(rowsOf(`${row}\n${row}`), () => spec)).toEqual([expect.stringContaining('taken')]);
  });
});
