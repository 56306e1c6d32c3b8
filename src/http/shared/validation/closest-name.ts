/**
 * The candidate that `name` was most likely meant to be, or null when none is close. Case, `_` and `-` do
 * not count; otherwise a third of the letters may differ.
 */
export function closestName(name: string, candidates: readonly string[]): string | null {
  const wanted = plain(name);
  let best: string | null = null;
  let bestDistance = Math.floor(wanted.length / 3) + 1;
  for (const candidate of candidates) {
    const given = plain(candidate);
    if (Math.abs(given.length - wanted.length) >= bestDistance) continue;
    const distance = editDistance(wanted, given);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

function plain(name: string): string {
  // Longer names are never field names; comparing them would only cost time.
  return name.slice(0, 64).toLowerCase().replace(/[_-]/g, '');
}

/** The least number of letters to insert, delete or replace, or of neighbours to swap. */
function editDistance(left: string, right: string): number {
  let before: number[] = [];
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const replace = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1];
      const swap = swapped ? (before[j - 2] ?? 0) + 1 : Infinity;
      next.push(Math.min(replace, swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    [before, row] = [row, next];
  }
  return row[right.length] ?? 0;
}
