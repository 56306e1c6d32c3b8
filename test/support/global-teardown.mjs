/** Stops the cluster that global-setup.mjs started; runs once for each project that used it. */
const cluster = Symbol.for('carillon.test-cluster');

export default async function stopTestCluster() {
  const started = globalThis[cluster];
  delete globalThis[cluster];
  if (started) await (await started).stop();
}
