import { RouteTable } from './route-table.js';

describe('RouteTable', () => {
  const routes = new RouteTable();
  routes.add(['GET', 'head'], '/jobs');
  routes.add('POST', '/jobs');
  routes.add('GET', '/jobs/:id');
  routes.add('GET', '/jobs/failed');
  routes.add('POST', '/jobs/:id/trigger');
  routes.add('OPTIONS', '*');
  routes.add('GET', '/docs/*');

  it.each([
    ['/jobs', ['GET', 'HEAD', 'POST']],
    ['/jobs/7', ['GET']],
    ['/jobs/7/trigger', ['POST']],
    ['/jobs/', []],
    ['/jobs/7/pause', []],
    ['/docs/x', []],
    ['/', []],
    ['', []],
  ])('%s takes %j', (path, methods) => {
    expect(routes.methodsOf(path)).toEqual(methods);
  });
});
