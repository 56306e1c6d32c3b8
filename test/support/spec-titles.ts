import ts from 'typescript';

/** A test as it stands in a spec file. */
export interface SpecTest {
  /** The titles of the describes around it, the outermost first, and its own. */
  path: string[];
  /** It, or a describe around it, is marked so that it does not run or may fail. */
  skipped: boolean;
  /** The source of the tables of its `each` and of those around it, white space as single spaces. */
  table: string;
}

const SUITES = new Set(['describe', 'xdescribe', 'fdescribe']);
const TESTS = new Set(['it', 'test', 'xit', 'xtest', 'fit']);
const NOT_RUN = new Set(['xdescribe', 'xit', 'xtest', 'skip', 'todo', 'failing']);

interface Block {
  isSuite: boolean;
  title: string;
  skipped: boolean;
  table: string;
  body: ts.Node | undefined;
}

/** Every test of a spec file, in order. @param source the text of the file */
export function testsIn(source: string): SpecTest[] {
  const file = ts.createSourceFile('spec.ts', source, ts.ScriptTarget.Latest, true);
  const found: SpecTest[] = [];
  const visit = (node: ts.Node, around: SpecTest): void => {
    const block = ts.isCallExpression(node) ? blockOf(node) : null;
    if (block === null) return ts.forEachChild(node, (child) => visit(child, around));
    const here: SpecTest = {
      path: [...around.path, block.title],
      skipped: around.skipped || block.skipped,
      table: `${around.table} ${block.table}`,
    };
    if (!block.isSuite) found.push(here);
    else if (block.body) ts.forEachChild(block.body, (child) => visit(child, here));
  };
  visit(file, { path: [], skipped: false, table: '' });
  return found;
}

/** What `it('…', …)`, `describe.each(table)('…', …)` and their like declare; null for other calls. */
function blockOf(call: ts.CallExpression): Block | null {
  const words: string[] = [];
  let table = '';
  let callee: ts.Node = call.expression;
  for (;;) {
    if (ts.isPropertyAccessExpression(callee)) {
      words.push(callee.name.text);
      callee = callee.expression;
    } else if (ts.isCallExpression(callee)) {
      table = callee.arguments.map((argument) => argument.getText()).join(' ');
      callee = callee.expression;
    } else break;
  }
  if (!ts.isIdentifier(callee)) return null;
  const isSuite = SUITES.has(callee.text);
  const [title, body] = call.arguments;
  if ((!isSuite && !TESTS.has(callee.text)) || title === undefined || !ts.isStringLiteralLike(title))
    return null;
  const skipped = [callee.text, ...words].some((word) => NOT_RUN.has(word));
  return { isSuite, title: title.text, skipped, table: table.replace(/\s+/g, ' '), body };
}
