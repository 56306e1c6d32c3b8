/**
 * One job a schedule type, and one of each job type, as a team would define them.
 * @param hasWarehouse whether there is a data source with a stored function
 */
export function sampleJobs(endpointUrl, hasWarehouse) {
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
    {
      ...common,
      name: 'Count the stock',
      description: 'A script in a sandbox, every seven seconds.',
      jobType: 'CodeExecution',
      scheduleType: 'Interval',
      intervalSeconds: 7,
      jobConfiguration: {
        language: 'typescript',
        source:
          'const sum = input.stock.reduce((a: number, b: number) => a + b, 0);\nconsole.log("counted", sum);\nreturn { sum };',
        input: { stock: [12, 7, 23] },
      },
    },
    {
      ...common,
      name: 'Write the stock list',
      description: 'A file operation inside the folder that FILE_ROOTS names, every eleven seconds.',
      jobType: 'FileOperation',
      scheduleType: 'Interval',
      intervalSeconds: 11,
      jobConfiguration: {
        operation: 'write',
        root: 'demo',
        path: 'stock.csv',
        content: 'bell,12\nrope,7\n',
        overwrite: true,
      },
    },
    ...(hasWarehouse ? [storedProcedure(common)] : []),
  ];
}

function storedProcedure(common) {
  return {
    ...common,
    name: 'Take from the stock',
    description: 'A stored function of another database, every nine seconds.',
    jobType: 'StoredProcedure',
    scheduleType: 'Interval',
    intervalSeconds: 9,
    jobConfiguration: {
      dataSource: 'warehouse',
      procedure: 'take_stock',
      parameters: { wanted_article: 'bell', wanted_amount: 3 },
    },
  };
}
