import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { parse as parseConnectionString } from 'pg-connection-string';

/** The way to a test's database, which can be broken. */
export interface DatabaseProxy {
  /** The database's address by this way. */
  readonly url: string;
  /** Nothing comes or goes any more over the present connections, and nobody is told; new ones work. */
  silence(): void;
  /** Ends all connections, and lets no new ones in. */
  cut(): void;
  /** Lets new connections in again. */
  mend(): void;
  close(): Promise<void>;
}

export async function startDatabaseProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const { host, port, user, password, database } = parseConnectionString(databaseUrl);
  const databasePort = Number(port || 5432);
  const pairs = new Set<readonly [Socket, Socket]>();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) {
      near.destroy();
      return;
    }
    const far = host?.startsWith('/')
      ? connect(`${host}/.s.PGSQL.${databasePort}`)
      : connect(databasePort, host ?? 'localhost');
    const pair = [near, far] as const;
    pairs.add(pair);
    near.pipe(far).pipe(near);
    for (const socket of pair) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        pairs.delete(pair);
        for (const other of pair) other.destroy();
      });
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const credentials = [user ?? 'postgres', password].filter(Boolean).map((part) => encodeURIComponent(part!));
  const endAll = () => pairs.forEach((pair) => pair.forEach((socket) => socket.destroy()));
  return {
    url: `postgres://${credentials.join(':')}@127.0.0.1:${(server.address() as AddressInfo).port}/${database}`,
    silence: () => {
      for (const [near, far] of pairs) {
        near.unpipe(far).pause();
        far.unpipe(near).pause();
      }
    },
    cut: () => {
      isCut = true;
      endAll();
    },
    mend: () => (isCut = false),
    close: async () => {
      endAll();
      server.close();
      await once(server, 'close');
    },
  };
}
