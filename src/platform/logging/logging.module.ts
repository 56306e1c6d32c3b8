import { type INestApplicationContext, Module, RequestMethod } from '@nestjs/common';
import { Logger, LoggerModule } from 'nestjs-pino';
import { SETTINGS } from '../../config/configuration.module.js';
import type { Settings } from '../../config/settings.js';
import { loggingOptions } from './logging-options.js';

/** JSON logs on standard output, also for every Nest `Logger`. Needs `SETTINGS`. */
@Module({
  imports: [
    LoggerModule.forRootAsync({
      inject: [SETTINGS],
      useFactory: (settings: Settings) => ({
        pinoHttp: loggingOptions(settings.logLevel),
        // The library's own default, `{/*splat}`, matches nothing on the Fastify adapter.
        forRoutes: [{ path: '{*splat}', method: RequestMethod.ALL }],
      }),
    }),
  ],
})
export class LoggingModule {}

/** Sends what Nest itself and every `Logger` writes through the JSON log. Create with `bufferLogs: true`. */
export function useJsonLogs(app: INestApplicationContext): void {
  app.useLogger(app.get(Logger));
}
