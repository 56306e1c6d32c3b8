/**
 * For statements that append to execution_deltas themselves: keeps the triggers from counting their rows again, until
 * the transaction ends. While somebody listens to events it answers no row, and the triggers do it all.
 *
 * @param condition where it is false, the triggers count: in a transaction of several statements they must
 */
export const countsItself = (condition = 'true') => `
quiet AS MATERIALIZED (
  SELECT set_config('carillon.counted', 'on', true) AS counted
  WHERE ${condition} AND NOT EXISTS (SELECT FROM event_interest WHERE until > clock_timestamp())
)`;
