/**
 * The direction of imports (ARCHITECTURE.md, "Direction of imports"):
 *   roles -> http -> modules -> domain
 *   roles -> engine -> {modules, executors} -> domain
 *   {modules, engine, executors} -> platform
 * http may also read the executors' configuration classes, to document them in OpenAPI.
 */
const never = (name, from, to, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: `^src/${from}/`, pathNot: '\\.spec\\.ts$' },
  to: { path: `^src/(${to})/` },
});

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    never(
      'domain-imports-nothing',
      'domain',
      'config|roles|modules|engine|executors|http|platform',
      'Domain code is pure.',
    ),
    {
      name: 'domain-no-frameworks',
      severity: 'error',
      from: { path: '^src/domain/', pathNot: '\\.spec\\.ts$' },
      to: {
        path: 'node_modules/(@nestjs|typeorm|pg|undici|rxjs|fastify|pino)|^(node:)?(fs|net|http|https|child_process|worker_threads)',
      },
    },
    never(
      'modules-below',
      'modules',
      'http|engine|executors|roles',
      'Modules never import http, engine or executors.',
    ),
    never('executors-below', 'executors', 'modules|http|engine|roles', 'Executors never import modules.'),
    never('engine-below', 'engine', 'http|roles', 'The engine knows no dialect.'),
    never('platform-below', 'platform', 'modules|http|engine|executors|roles', 'Platform knows no feature.'),
    never('http-below', 'http', 'engine|roles', 'A dialect translates; it does not reach into the loops.'),
    never(
      'config-below',
      'config',
      'modules|http|engine|executors|roles|platform',
      'Configuration stands alone.',
    ),
    {
      name: 'dialects-apart',
      comment: 'Each dialect, and the dashboard, asks the services itself; none knows another.',
      severity: 'error',
      from: { path: '^src/http/(dashboard/|[^/]+-api/)' },
      to: { path: '^src/http/(dashboard/|[^/]+-api/)', pathNot: '^src/http/$1' },
    },
    {
      name: 'not-to-test',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^(test|bench)/' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    enhancedResolveOptions: { extensions: ['.ts', '.js'] },
  },
};
