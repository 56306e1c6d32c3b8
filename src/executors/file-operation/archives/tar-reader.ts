import { once } from 'node:events';
import type { FileHandle } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { Parser, type ReadEntry } from 'tar';
import { FileFault } from '../file-fault.js';
import { unsafe, type Unpacking } from './unpacking.js';

const FILES = new Set(['File', 'OldFile', 'ContiguousFile']);
const DIRECTORIES = new Set(['Directory', 'GNUDumpDir']);

/**
 * Unpacks a tar.gz from an open file.
 * @param maxStreamBytes the most that may come out of the decompression, headers and padding included
 */
export async function readTarGz(
  file: FileHandle,
  unpacking: Unpacking,
  maxStreamBytes: number,
): Promise<void> {
  // Not stream.pipeline: where its last step fails early, it answers an abort error in place of the cause.
  const source = file.createReadStream({ start: 0, autoClose: false, highWaterMark: 256 * 1024 });
  const unpacked = createGunzip();
  source.on('error', (error) => unpacked.destroy(error));
  try {
    await parse(source.pipe(unpacked), unpacking, maxStreamBytes);
  } finally {
    source.destroy();
    unpacked.destroy();
  }
}

/** Feeds the parser and works off its entries at once; the first failure of either side ends both. */
async function parse(
  stream: AsyncIterable<Buffer>,
  unpacking: Unpacking,
  maxStreamBytes: number,
): Promise<void> {
  const parser = new Parser({ strict: true });
  let fail: (error: unknown) => void = () => undefined;
  const failed = new Promise<never>((_resolve, reject) => (fail = reject));
  failed.catch(() => undefined);
  let current: ReadEntry | null = null;
  let over = false;
  let work = Promise.resolve();
  parser.on('entry', (entry: ReadEntry) => {
    work = work.then(async () => {
      if (over) return;
      current = entry;
      await readEntry(entry, unpacking);
    });
    work.catch(fail);
  });
  parser.on('ignoredEntry', (entry: ReadEntry) =>
    fail(unsafe(entry.path, `its type ${entry.type} is not supported`)),
  );
  parser.on('error', fail);
  try {
    await Promise.race([failed, feed(parser, stream, failed, maxStreamBytes)]);
    await Promise.race([failed, work]);
  } finally {
    // An entry that waits for content that will not come must let go before the staging is cleared.
    over = true;
    (current as ReadEntry | null)?.destroy();
    await Promise.allSettled([work]);
  }
}

async function feed(
  parser: Parser,
  stream: AsyncIterable<Buffer>,
  failed: Promise<never>,
  maxStreamBytes: number,
): Promise<void> {
  let bytes = 0;
  for await (const chunk of stream) {
    // The parser would unpack a second layer by itself, past our count.
    if (bytes === 0 && chunk[0] === 0x1f)
      throw new FileFault('archive_invalid', 'It holds another archive, no tar.');
    bytes += chunk.length;
    if (bytes > maxStreamBytes) {
      throw new FileFault('archive_too_large', `It unpacks to more than ${maxStreamBytes} bytes of tar.`);
    }
    if (!parser.write(chunk)) await Promise.race([once(parser, 'drain'), failed]);
  }
  const ended = once(parser, 'end');
  parser.end();
  await Promise.race([ended, failed]);
}

async function readEntry(entry: ReadEntry, unpacking: Unpacking): Promise<void> {
  if (DIRECTORIES.has(entry.type)) {
    entry.resume();
    await unpacking.directory(entry.path);
    return;
  }
  if (!FILES.has(entry.type)) throw unsafe(entry.path, 'it is a link or a special file');
  const names = unpacking.placeFor(entry.path);
  if (names === null) entry.resume();
  else await unpacking.file(entry.path, names, entry.mode, unpacking.counted(entry));
}
