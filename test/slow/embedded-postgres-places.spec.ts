import { execFile } from 'node:child_process';
import { chmod, chown, lchown, mkdir, readdir, readFile, readlink, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { findRunningServer } from '../../src/platform/database/embedded/postmaster-pid.js';
import { chooseProcessUser, type ProcessUser } from '../../src/platform/database/embedded/process-user.js';
import { failureOf, query, stopHost, urlOf } from '../support/postgres-host.js';
import { makeFolder, PostgresInstall, removeFolder } from '../support/postgres-install.js';
import type { TypeScriptProcess } from '../support/run-typescript.js';

const run = promisify(execFile);
const asRoot = process.getuid?.() === 0;

describe('the places of the embedded PostgreSQL', () => {
  let original: PostgresInstall;
  let originalParent: string;
  let parent: string;
  let install: PostgresInstall;
  let dataDir: string;
  const hosts: TypeScriptProcess[] = [];

  const start = async (user: ProcessUser = null) => {
    const host = await install.start(dataDir, user);
    hosts.push(host);
    return host;
  };

  /** Starts, and proves that it serves. */
  const serve = async (user: ProcessUser = null) => {
    const host = await start(user);
    const url = await urlOf(host);
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    return { host, url, stop: () => stopHost(host) };
  };

  const symlinks = async () => {
    const list = JSON.parse(await readFile(join(install.native, 'pg-symlinks.json'), 'utf8')) as {
      target: string;
    }[];
    return list.map(({ target }) => join(dirname(install.native), target));
  };

  beforeAll(async () => {
    originalParent = await makeFolder();
    original = await PostgresInstall.make(join(originalParent, 'install'));
  });

  afterAll(() => removeFolder(originalParent));

  beforeEach(async () => {
    parent = await makeFolder();
    install = await original.copyTo(join(parent, 'install'));
    dataDir = join(parent, 'data');
  });

  afterEach(async () => {
    await Promise.all(hosts.splice(0).map(stopHost));
    await removeFolder(parent);
  });

  it('makes the symlinks that npm did not, for want of install scripts', async () => {
    for (const link of await symlinks()) await rm(link);
    await expect(run(join(install.native, 'bin', 'initdb'), ['--version'])).rejects.toThrow();
    await serve();
    for (const link of await symlinks()) expect(await readlink(link)).toMatch(/^lib/);
    // Run from the package itself: nothing had to be copied.
    expect((await readdir(dataDir)).sort()).toEqual(['postgres', 'postgres-socket']);
  });

  it('keeps the socket elsewhere when its path would be too long, at the same place each time', async () => {
    dataDir = join(parent, 'd'.repeat(60), 'e'.repeat(60));
    const first = await serve();
    await first.stop();
    const second = await serve();
    await second.stop();
    const folder = decodeURIComponent(second.url.split('host=')[1] ?? '');
    await removeFolder(folder);
    expect(second.url).toBe(first.url);
    expect(folder.length).toBeLessThan(90);
  });

  it('serves from folders with blanks, quotes and signs in their names', async () => {
    dataDir = join(parent, `it's "my" $HOME & ünï%41`);
    await serve();
  });

  it('says that there is none for this platform when npm installed none', async () => {
    await rename(dirname(install.native), join(parent, 'elsewhere'));
    expect(await failureOf(await start())).toMatch(/^No embedded PostgreSQL for .*: set DATABASE_URL/);
  });

  it('says what to do when the binaries cannot run here', async () => {
    await rm(join(install.native, 'lib', 'libicuuc.so.60.2'));
    expect(await failureOf(await start())).toMatch(
      /does not run on this machine .*libicuuc.*Set DATABASE_URL/s,
    );
  });

  if (asRoot) {
    let other: { uid: number; gid: number };

    beforeEach(async () => {
      const user = await chooseProcessUser(null);
      if (!user) throw new Error('root must have chosen another user');
      other = user;
    });

    const giveDataDir = async () => {
      await mkdir(dataDir);
      await chown(dataDir, other.uid, other.gid);
    };

    it('serves a normal user, whose own the server is', async () => {
      await giveDataDir();
      await serve(other);
      expect(await uidOf(await findRunningServer(join(dataDir, 'postgres')))).toBe(other.uid);
    });

    it('serves a normal user from a package that lacks its symlinks and is read-only', async () => {
      for (const link of await symlinks()) await rm(link);
      await giveDataDir();
      await serve(other);
      expect(await readdir(dataDir)).toContain('postgres-binaries');
      for (const link of await symlinks()) await expect(stat(link)).rejects.toThrow('ENOENT');
    });

    it('runs the server unprivileged although started by root', async () => {
      await serve();
      expect(await uidOf(await findRunningServer(join(dataDir, 'postgres')))).toBe(other.uid);
    });

    it('runs as the owner of data that a normal user has made', async () => {
      const user = { uid: other.uid + 20_000, gid: other.gid + 20_000 };
      await (await serve()).stop();
      await chownAll(join(dataDir, 'postgres'), user.uid, user.gid);
      await serve();
      expect(await uidOf(await findRunningServer(join(dataDir, 'postgres')))).toBe(user.uid);
    });

    it('takes back data that root restored from a backup', async () => {
      await (await serve()).stop();
      await chownAll(join(dataDir, 'postgres'), 0, 0);
      await serve();
      expect(await uidOf(await findRunningServer(join(dataDir, 'postgres')))).toBe(other.uid);
    });

    it('refuses a normal user the data of another one, and says why', async () => {
      await (await serve()).stop();
      await chown(dataDir, other.uid + 20_000, other.gid);
      const message = await failureOf(await start({ uid: other.uid + 20_000, gid: other.gid }));
      expect(message).toMatch(/belongs to another user.*DATA_DIR/);
    });

    it('copies binaries that the unprivileged user cannot reach, once', async () => {
      await chmod(install.folder, 0o700);
      await (await serve()).stop();
      const copies = join(dataDir, 'postgres-binaries');
      const [version = ''] = await readdir(copies);
      const { ino } = await stat(join(copies, version));
      await serve();
      expect((await stat(join(copies, version))).ino).toBe(ino);
    });

    it('opens a data directory of mode 0700 for passing through, no more', async () => {
      await mkdir(dataDir, { mode: 0o700 });
      await serve();
      expect((await stat(dataDir)).mode & 0o777).toBe(0o711);
    });

    it('keeps the data elsewhere when DATA_DIR is below a home that the user cannot enter', async () => {
      const home = join(parent, 'home');
      await mkdir(home, { mode: 0o700 });
      dataDir = join(home, 'data');
      const first = await serve();
      await query(first.url, 'CREATE TABLE kept AS SELECT 1 AS one');
      await first.stop();
      const cluster = await readlink(join(dataDir, 'postgres'));
      try {
        expect(first.host.lines.join('\n')).toContain(`the data are in ${cluster}`);
        expect(basename(cluster)).toBe('postgres');
        const second = await serve();
        expect(await query(second.url, 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
        await second.stop();
        expect((await stat(home)).mode & 0o777).toBe(0o700);
      } finally {
        await removeFolder(dirname(cluster));
      }
    });
  }
});

async function uidOf(pid: number | null): Promise<number> {
  return (await stat(`/proc/${pid}`)).uid;
}

async function chownAll(folder: string, uid: number, gid: number): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true })) await lchown(join(folder, entry), uid, gid);
  await chown(folder, uid, gid);
}
