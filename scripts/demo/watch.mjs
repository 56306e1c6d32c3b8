const POLL_MS = 250;

/** Prints every execution of the jobs once it has ended, in the order of their ends. */
export async function watchExecutions(client, jobs, stopped) {
  const seen = new Set();
  while (!stopped()) {
    const fresh = [];
    for (const job of jobs) {
      const { items } = await client.executions(job.id).catch(() => ({ items: [] }));
      for (const execution of items) {
        if (execution.completedAt === null || seen.has(execution.id)) continue;
        seen.add(execution.id);
        fresh.push(execution);
      }
    }
    fresh.sort((a, b) => a.completedAt.localeCompare(b.completedAt));
    for (const execution of fresh) process.stdout.write(`${line(execution)}\n`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function line(execution) {
  const { completedAt, status, jobName, scheduledFor, startedAt, durationMs, retryCount, errorMessage } =
    execution;
  const late =
    scheduledFor === null
      ? ''
      : ` ${String(Date.parse(startedAt) - Date.parse(scheduledFor)).padStart(4)} ms after its instant`;
  const retries = retryCount > 0 ? `, ${retryCount} ${retryCount === 1 ? 'retry' : 'retries'}` : '';
  const error = errorMessage ? `, ${errorMessage}` : '';
  const mark = status === 'Succeeded' ? '✔' : '✘';
  return `  ${completedAt.slice(11, 23)} ${mark} ${status.padEnd(9)} ${jobName.padEnd(20)} started${late}, took ${String(durationMs).padStart(4)} ms${retries}${error}`;
}
