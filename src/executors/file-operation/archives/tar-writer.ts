import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { Header, Pax } from 'tar';
import { writeChunks } from '../content.js';
import { FileFault } from '../file-fault.js';
import type { FileMember, Member } from './member.js';

const BLOCK_BYTES = 512;

/** Writes a tar.gz of `members`, one after the other, into an open file; `path` names that file in faults. */
export async function writeTarGz(
  members: AsyncIterable<Member>,
  sink: FileHandle,
  path: string,
): Promise<void> {
  const blocks = Readable.from(tarBlocks(members), { objectMode: false });
  const compressed = createGzip();
  blocks.on('error', (error) => compressed.destroy(error));
  try {
    await writeChunks(sink, blocks.pipe(compressed), path);
  } finally {
    blocks.destroy();
    compressed.destroy();
  }
}

async function* tarBlocks(members: AsyncIterable<Member>): AsyncGenerator<Buffer> {
  for await (const member of members) {
    yield* headerOf(member);
    if (member.type === 'file') yield* paddedContent(member);
  }
  yield Buffer.alloc(2 * BLOCK_BYTES);
}

function* headerOf(member: Member): Generator<Buffer> {
  const data = {
    path: member.type === 'directory' ? `${member.path}/` : member.path,
    mode: member.mode & 0o777,
    size: member.type === 'file' ? member.size : 0,
    // Whole seconds are what the plain header holds; a fraction would force an extended one.
    mtime: new Date(Math.floor(member.modifiedAt.getTime() / 1000) * 1000),
    uid: 0,
    gid: 0,
  };
  const header = new Header({ ...data, type: member.type === 'directory' ? 'Directory' : 'File' });
  const block = Buffer.alloc(BLOCK_BYTES);
  if (header.encode(block, 0)) yield new Pax({ path: data.path, size: data.size }).encode();
  yield block;
}

/** The header has promised `size` bytes: a file that shrank meanwhile is a fault, growth is left out. */
async function* paddedContent(member: FileMember): AsyncGenerator<Buffer> {
  let left = member.size;
  for await (const chunk of member.content()) {
    const part = chunk.subarray(0, left);
    left -= part.length;
    if (part.length > 0) yield part;
    if (left === 0) break;
  }
  if (left > 0)
    throw new FileFault('changed_while_read', `"${member.path}" became shorter while it was read.`, true);
  const padding = (BLOCK_BYTES - (member.size % BLOCK_BYTES)) % BLOCK_BYTES;
  if (padding > 0) yield Buffer.alloc(padding);
}
