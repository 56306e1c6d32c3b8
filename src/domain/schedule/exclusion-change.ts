import type { Exclusions, SchedulePlan } from './schedule.js';

/** Kinds of rules to set: an absent one stays as it is, null or an empty list removes it. */
export type ExclusionChange = {
  [Kind in keyof Exclusions]?: Exclusions[Kind] | null;
};

/** The plan with some kinds of exclusion rules replaced; null exclusions once no rule is left. */
export function withExclusions(plan: SchedulePlan, change: ExclusionChange): SchedulePlan {
  const present = plan.exclusions ?? { dates: [], daysOfWeek: [], timeRange: null };
  const exclusions: Exclusions = {
    dates: [...new Set(change.dates === undefined ? present.dates : (change.dates ?? []))].sort(),
    daysOfWeek: [
      ...new Set(change.daysOfWeek === undefined ? present.daysOfWeek : (change.daysOfWeek ?? [])),
    ],
    timeRange: change.timeRange === undefined ? present.timeRange : change.timeRange,
  };
  const none =
    exclusions.dates.length === 0 && exclusions.daysOfWeek.length === 0 && exclusions.timeRange === null;
  return { ...plan, exclusions: none ? null : exclusions };
}
