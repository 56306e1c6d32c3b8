import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { fromRandomAccessReaderPromise, getFileNameLowLevel, type Entry, type ZipFile } from 'yauzl';
import { FileFault } from '../file-fault.js';
import { HandleReader } from './handle-reader.js';
import { unsafe, type Unpacking } from './unpacking.js';

const TYPE_MASK = 0o170000;
const REGULAR = 0o100000;
const DIRECTORY = 0o040000;

/** Unpacks a zip from an open file. */
export async function readZip(file: FileHandle, unpacking: Unpacking): Promise<void> {
  // Names are decoded here: the library would refuse bad ones with a message in place of a code.
  const options = { autoClose: false, lazyEntries: true, decodeStrings: false };
  const zip = await fromRandomAccessReaderPromise(new HandleReader(file), (await file.stat()).size, options);
  try {
    for await (const entry of zip.eachEntry()) await readEntry(zip, entry, unpacking);
  } finally {
    zip.close();
  }
}

async function readEntry(zip: ZipFile, entry: Entry, unpacking: Unpacking): Promise<void> {
  const path = getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, false);
  const unixMode = entry.externalFileAttributes >>> 16;
  // Archives made outside Unix carry no type; then the closing slash of directories tells.
  const type = unixMode & TYPE_MASK;
  if (type !== 0 && type !== REGULAR && type !== DIRECTORY) {
    throw unsafe(path, 'it is a symbolic link or a special file');
  }
  if (path.endsWith('/')) {
    await unpacking.directory(path);
    return;
  }
  const names = unpacking.placeFor(path);
  if (names === null) return;
  if (entry.isEncrypted()) throw new FileFault('archive_invalid', `The entry "${path}" is encrypted.`);
  if (!entry.canDecodeFileData()) {
    throw new FileFault('archive_invalid', `The entry "${path}" is compressed by an unsupported method.`);
  }
  const content = await zip.openReadStreamPromise(entry);
  // It may prove broken before anybody reads from it. The library only tells of it: an error that nobody hears would end the
  // process, and one that the stream does not keep would leave its reader waiting.
  content.on('error', (error) => content.destroy(error));
  try {
    const mode = type === 0 ? undefined : unixMode;
    await unpacking.file(path, names, mode, checked(unpacking.counted(content), entry.crc32, path));
  } finally {
    content.destroy();
  }
}

async function* checked(
  content: AsyncIterable<Buffer>,
  expected: number,
  path: string,
): AsyncGenerator<Buffer> {
  let actual = 0;
  for await (const chunk of content) {
    actual = crc32(chunk, actual);
    yield chunk;
  }
  if (actual !== expected)
    throw new FileFault('archive_invalid', `The entry "${path}" does not match its checksum.`);
}
