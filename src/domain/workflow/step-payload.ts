import type { Json } from '../execution/outcome.js';

/** The outputs that one step is given take at most so many bytes of JSON. */
export const STEP_OUTPUTS_MAX_BYTES = 256 * 1024;

/** What a step that ended answered. */
export interface SourceOutput {
  jobId: string;
  /** Null also where `bytes` is more than a step may be given. */
  output: Json;
  /** The size of the output as JSON. */
  bytes: number;
}

/**
 * What a step is given: the payload of its run, and under `steps.<jobId>.output` what each of its sources
 * answered, in the order given. An output that has no more room becomes `{truncated: true}`.
 * @returns undefined for a step without sources in a run without payload
 */
export function stepPayload(
  runPayload: Record<string, Json> | null,
  sources: readonly SourceOutput[],
): Record<string, Json> | undefined {
  if (sources.length === 0) return runPayload ?? undefined;
  let room = STEP_OUTPUTS_MAX_BYTES;
  const steps: Record<string, Json> = {};
  for (const { jobId, output, bytes } of sources) {
    const fits = bytes <= room;
    if (fits) room -= bytes;
    steps[jobId] = { output: fits ? output : { truncated: true } };
  }
  return { ...runPayload, steps };
}
