import { Module, type DynamicModule } from '@nestjs/common';
import type { Settings } from './settings.js';

/** Injects the process's `Settings`. */
export const SETTINGS = Symbol('SETTINGS');

/** Makes the settings injectable everywhere: `@Inject(SETTINGS) settings: Settings`. */
@Module({})
export class ConfigurationModule {
  static forRoot(settings: Settings): DynamicModule {
    return {
      module: ConfigurationModule,
      global: true,
      providers: [{ provide: SETTINGS, useValue: settings }],
      exports: [SETTINGS],
    };
  }
}
