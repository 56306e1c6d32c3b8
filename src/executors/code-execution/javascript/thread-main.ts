/** The entry of a script thread: runs one script after another, each in a machine of its own. */
import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { RunLog } from '../run-log.js';
import { type FromThread, type RunRequest, STOP, type ToThread } from './protocol.js';
import { type RunHost, ScriptRun } from './script-run.js';

/** Behind the thread that serves everybody else. */
const NICENESS = 5;

if (!parentPort) throw new Error('This file is the entry of a worker thread.');
const port = parentPort;
const send = (message: FromThread) => port.postMessage(message);
let current: ScriptRun | null = null;

// Only Linux sets the priority of the calling thread; elsewhere it would be that of the whole process.
if (process.platform === 'linux') setPriority(0, NICENESS);

port.on('message', (message: ToThread) => {
  switch (message.kind) {
    case 'run':
      void run(message.run, new Int32Array(message.stop));
      break;
    case 'reply':
      current?.reply(message.id, message.reply);
      break;
    case 'stop':
      current?.stop();
      break;
  }
});
send({ kind: 'ready' });

async function run(request: RunRequest, stop: Int32Array): Promise<void> {
  const log = new RunLog({ write: (level, line) => send({ kind: 'log', level, line }) });
  const host: RunHost = {
    log: (level, line) => {
      log.write(level, line);
      return log.open;
    },
    fetch: (id, text) => send({ kind: 'fetch', id, request: text }),
    stopRequested: () => Atomics.load(stop, 0) === STOP,
  };
  const script = new ScriptRun(request, host);
  current = script;
  const end = await script.run();
  current = null;
  send({ kind: 'ended', end, reusable: script.reusable });
}
