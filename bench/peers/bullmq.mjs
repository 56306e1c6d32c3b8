import { Queue, Worker } from 'bullmq';

const PORTION = 2_000;

/** BullMQ keeps its records, as Carillon does; Redis writes its append-only file once a second. @returns {Promise<import('../contestants/contestant.js').Contestant>} */
export async function open({ redisPort }) {
  const connection = { host: '127.0.0.1', port: redisPort, maxRetriesPerRequest: null };
  const queue = new Queue('task', { connection });
  const jobs = Array.from({ length: PORTION }, () => ({ name: 'task', data: {} }));
  let worker = null;
  return {
    enqueueMany: async (count) => {
      for (let sent = 0; sent < count; sent += PORTION) await queue.addBulk(jobs);
    },
    enqueue: async () => void (await queue.add('task', {})),
    work: async ({ onStart, endpoint, deliver }) => {
      const task = async () => {
        onStart();
        if (endpoint !== null) await deliver(endpoint);
      };
      worker = new Worker('task', task, { connection, concurrency: 64 });
      await worker.waitUntilReady();
    },
    rest: () => worker.close(),
    unfinished: async () => {
      const counts = await queue.getJobCounts('waiting', 'active', 'prioritized', 'delayed');
      return Object.values(counts).reduce((sum, count) => sum + count, 0);
    },
    stop: () => queue.close(),
  };
}
