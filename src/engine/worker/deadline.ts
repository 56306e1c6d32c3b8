/**
 * Calls `onOver` once the monotonic clock has reached `tick`, and not before: Node counts the time of a timer from the
 * start of the present turn of its event loop, and so calls it a little early.
 * @returns ends the wait
 */
export function atTick(tick: number, onOver: () => void): () => void {
  let timer: NodeJS.Timeout;
  const wait = () => {
    const leftMs = tick - performance.now();
    if (leftMs <= 0) onOver();
    else timer = setTimeout(wait, Math.ceil(leftMs));
  };
  timer = setTimeout(wait, Math.max(Math.ceil(tick - performance.now()), 0));
  return () => clearTimeout(timer);
}
