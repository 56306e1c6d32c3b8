import { Controller, Get, Redirect } from '@nestjs/common';
import { Public } from '../../modules/auth/public.decorator.js';
import { DASHBOARD } from './path.js';

/** Where the dashboard is looked for by those who know its name of old. */
@Public()
@Controller()
export class HangfireController {
  @Get(['hangfire', 'hangfire/*'])
  @Redirect(DASHBOARD, 302)
  redirect(): void {}
}
