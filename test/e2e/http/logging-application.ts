/** A process of its own for logging.spec.ts: the shared HTTP parts with JSON logs on standard output. */
import { Controller, Get, Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ConfigurationModule } from '../../../src/config/configuration.module.js';
import { loadSettings } from '../../../src/config/load-settings.js';
import { configureHttp } from '../../../src/http/shared/configure-http.js';
import { createHttpAdapter } from '../../../src/http/shared/requests/http-adapter.js';
import { AuthModule } from '../../../src/modules/auth/auth.module.js';
import { Public } from '../../../src/modules/auth/public.decorator.js';
import { LoggingModule, useJsonLogs } from '../../../src/platform/logging/logging.module.js';

@Public()
@Controller()
class LoggingController {
  readonly #logger = new Logger('Bells');

  @Get('ring')
  ring(): { rung: boolean } {
    this.#logger.log({
      msg: 'ringing',
      headers: { authorization: 'hunter2', accept: 'all' },
      password: 'hunter2',
    });
    return { rung: true };
  }

  @Get('crack')
  crack(): never {
    throw new Error('the bell cracked');
  }

  @Get('health/live')
  live(): { status: string } {
    return { status: 'ok' };
  }
}

const settings = loadSettings();

@Module({
  imports: [ConfigurationModule.forRoot(settings), LoggingModule, AuthModule],
  controllers: [LoggingController],
})
class LoggingApplicationModule {}

const app = await NestFactory.create<NestFastifyApplication>(LoggingApplicationModule, createHttpAdapter(), {
  bodyParser: false,
  bufferLogs: true,
});
useJsonLogs(app);
configureHttp(app, settings);
await app.listen(settings.port, settings.host);
new Logger('Test').warn({ msg: 'listening', url: await app.getUrl() });
process.stdin.on('end', () => void app.close()).resume();
