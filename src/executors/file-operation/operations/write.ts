import type { Json } from '../../../domain/execution/outcome.js';
import { writeChunk } from '../content.js';
import { FileFault } from '../file-fault.js';
import { withParent } from '../locate.js';
import { isBase64 } from '../operation-rules.js';
import { writeAtomically } from '../publish.js';
import type { Operation, Task } from './task.js';

/** Writes a file at once: its name shows all of the new content, or what was there before. */
export const write: Operation = async (task) => {
  const content = contentOf(task);
  const { replaced } = await withParent(
    task.root,
    task.names,
    (parent, name) =>
      writeAtomically(parent, name, { overwrite: task.overwrite }, (file) =>
        writeChunk(file, content, parent.pathOf(name)),
      ),
    true,
  );
  task.run.countFile();
  task.run.countBytes(content.length);
  return { replaced };
};

function contentOf({ configuration, payload }: Task): Buffer {
  const text = configuration.content ?? textOf(payload);
  if (text === null) {
    throw new FileFault(
      'content_missing',
      'There is nothing to write: set "content", or trigger with a payload.',
    );
  }
  if (configuration.encoding !== 'base64') return Buffer.from(text, 'utf8');
  if (!isBase64(text))
    throw new FileFault('content_invalid', 'The payload is not base64, as "encoding" says.');
  return Buffer.from(text, 'base64');
}

function textOf(payload: Json): string | null {
  if (payload === null || typeof payload === 'string') return payload;
  return JSON.stringify(payload);
}
