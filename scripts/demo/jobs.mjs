/** One job a schedule type, as a team would define them. */
export function sampleJobs(endpointUrl) {
  const call = (path) => ({ url: `${endpointUrl}${path}`, method: 'POST', body: { source: 'demo' } });
  const common = { jobType: 'HttpCall', tags: ['demo'], createdBy: 'demo', timeoutSeconds: 10 };
  return [
    {
      ...common,
      name: 'Sync inventory feed',
      description: 'Every 2 seconds; one call in five fails and is retried a second later.',
      scheduleType: 'Interval',
      intervalSeconds: 2,
      jobConfiguration: call('/inventory'),
      retryPolicy: { maxAttempts: 3, delaySeconds: 1 },
    },
    {
      ...common,
      name: 'Ring the bell',
      description: 'Every five seconds, by a cron expression with leading seconds.',
      scheduleType: 'Cron',
      scheduleExpression: '*/5 * * * * *',
      timezone: 'Europe/London',
      jobConfiguration: call('/bell'),
    },
    {
      ...common,
      name: 'Send the report',
      description: 'Once, seven seconds from now.',
      scheduleType: 'OneTime',
      runAt: new Date(Date.now() + 7_000).toISOString(),
      jobConfiguration: call('/report'),
    },
  ];
}
