interface Entry {
  /** Names with `/` between them. */
  path: string;
  /** Permissions and file type, as in `stat`. */
  mode: number;
  modifiedAt: Date;
}

/** A file on its way into an archive. `content` is read to its end before the next member is asked for. */
export interface FileMember extends Entry {
  type: 'file';
  /** Bytes. */
  size: number;
  content(): AsyncIterable<Buffer>;
}

export interface DirectoryMember extends Entry {
  type: 'directory';
}

export type Member = FileMember | DirectoryMember;
