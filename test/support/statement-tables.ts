import { type SpecTest, testsIn } from './spec-titles.js';

/** A test that a row names. */
interface Proof {
  file: string;
  /** Its title, after those of as many describes around it as make it the only one. */
  path: string[];
  /** What must stand in the table of its `each`; null: nothing in particular. */
  entry: string | null;
}

/** A statement of a document, and what proves it. */
export interface Row {
  id: string;
  statement: string;
  proofs: Proof[];
}

/** The text of a file of the repository; null where there is none. */
export type ReadFile = (path: string) => string | null;

const SPAN = /`([^`]+)`/g;

/** The rows of all tables of a document about statements. */
export function rowsOf(markdown: string): Row[] {
  return markdown
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\|\s*(id|---)/.test(line))
    .map((line) => {
      const [, id = '', statement = '', proofs = ''] = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
      return { id, statement, proofs: proofs.split('<br>').flatMap(proofOf) };
    });
}

/** Such as `` `test/e2e/x.spec.ts` › `a suite` › `a title` with `"an entry"` ``. */
function proofOf(text: string): Proof[] {
  const [place = '', entry = ''] = text.split('` with `');
  const [file, ...path] = [...`${place}\``.matchAll(SPAN)].map(([, span = '']) =>
    span.replaceAll('\\|', '|'),
  );
  if (file === undefined) return [];
  return [{ file, path, entry: entry === '' ? null : entry.replace(/`$/, '').replaceAll('\\|', '|') }];
}

/** What is wrong with the rows of a document; empty: each statement has a test that runs. */
export function faultsOf(rows: readonly Row[], read: ReadFile): string[] {
  const tests = new Map<string, SpecTest[] | null>();
  const testsOf = (file: string): SpecTest[] | null => {
    const known = tests.get(file);
    if (known !== undefined) return known;
    const source = read(file);
    const found = source === null ? null : testsIn(source);
    tests.set(file, found);
    return found;
  };
  const seen = new Set<string>();
  return rows.flatMap(({ id, statement, proofs }) => {
    const faults: string[] = [];
    if (id === '' || seen.has(id)) faults.push('its id is missing or taken');
    seen.add(id);
    if (statement === '') faults.push('it has no statement');
    if (proofs.length === 0) faults.push('it names no test');
    faults.push(...proofs.flatMap((proof) => proofFault(proof, testsOf(proof.file)) ?? []));
    return faults.map((fault) => `${id}: ${fault}`);
  });
}

function proofFault({ file, path, entry }: Proof, tests: SpecTest[] | null): string | null {
  const name = `${file} › ${path.join(' › ')}`;
  if (tests === null) return `there is no file ${file}`;
  if (path.length === 0) return `${file} is named without a title`;
  const found = tests.filter((test) => path.every((title, at) => test.path.at(at - path.length) === title));
  const [test] = found;
  if (test === undefined) return `there is no test ${name}`;
  if (found.length > 1) return `there are ${found.length} tests ${name}; name the describe around it, too`;
  if (test.skipped) return `it is skipped: ${name}`;
  if (entry !== null && !test.table.includes(entry)) return `its table has no ${entry}: ${name}`;
  return null;
}
