import { isUtf8 } from 'node:buffer';
import { chunksOf } from '../content.js';
import { FileFault } from '../file-fault.js';
import { withParent } from '../locate.js';
import type { Operation, Task } from './task.js';

/** Answers the content of a file up to the limit. */
export const read: Operation = async (task) => {
  const content = await contentOf(task);
  task.run.countFile();
  const asked = task.configuration.encoding;
  const encoding = asked ?? (isPlainText(content) ? 'utf8' : 'base64');
  if (encoding === 'utf8' && !isPlainText(content)) {
    throw new FileFault('not_text', `"${task.names.join('/')}" is not UTF-8 text; set "encoding" to base64.`);
  }
  return { encoding, content: content.toString(encoding) };
};

async function contentOf(task: Task): Promise<Buffer> {
  return withParent(task.root, task.names, async (parent, name) => {
    const { handle, stats } = await parent.openFile(name);
    try {
      if (stats.size > task.limits.maxBytes) {
        const path = parent.pathOf(name);
        throw new FileFault(
          'too_large',
          `"${path}" has ${stats.size} bytes; the limit is ${task.limits.maxBytes}.`,
        );
      }
      const chunks: Buffer[] = [];
      for await (const chunk of chunksOf(handle, parent.pathOf(name), task.run)) chunks.push(chunk);
      return Buffer.concat(chunks);
    } finally {
      await handle.close();
    }
  });
}

/** Text that a JSON column can hold: PostgreSQL's has no NUL. */
function isPlainText(content: Buffer): boolean {
  return isUtf8(content) && !content.includes(0);
}
