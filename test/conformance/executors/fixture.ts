/** What the conformance suite needs to know of one executor: jobs that behave in a certain way, on real targets. */
export interface ExecutorFixture {
  /** As in the registry. */
  type: string;
  /** As in the Scheduler API. */
  jobType: string;
  /** Succeeds at once. */
  quick: object;
  /** Goes on for minutes unless it is stopped. */
  endless: object;
  /** Would put out more than may be kept; how it ends is for the executor to say. */
  oversized: { configuration: object; ends: 'Succeeded' | 'Failed' };
  /** Refused, each with the field at fault; at least one by a rule of a field and one by a closer look. */
  bad: readonly { configuration: object; field: string }[];
  /** Puts a text of its configuration out again. */
  echo(text: string): object;
  close?(): Promise<void>;
}
