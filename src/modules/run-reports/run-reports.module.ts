import { Module } from '@nestjs/common';
import { SETTINGS } from '../../config/configuration.module.js';
import { secretsKey } from '../../config/secrets.js';
import type { Settings } from '../../config/settings.js';
import { ExecutionsModule } from '../executions/executions.module.js';
import { SecretsModule } from '../secrets/secrets.module.js';
import { RunReports } from './run-reports.js';
import { RunTokenGuard } from './run-token.guard.js';
import { RunTokens } from './run-tokens.js';

/** What called endpoints report about their runs, and the tokens that let them; owns run_reports. Needs `SETTINGS`. */
@Module({
  imports: [ExecutionsModule, SecretsModule],
  providers: [{ provide: RunTokens, inject: [SETTINGS], useFactory: tokensOf }, RunReports, RunTokenGuard],
  exports: [RunReports, RunTokenGuard, RunTokens],
})
export class RunReportsModule {}

function tokensOf(settings: Settings): RunTokens {
  const { secretsKeyPrevious } = settings;
  return new RunTokens(secretsKey(settings), secretsKeyPrevious ? [secretsKeyPrevious] : []);
}
