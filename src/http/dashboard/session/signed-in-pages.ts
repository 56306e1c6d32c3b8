import { applyDecorators, Controller, UseGuards, UseInterceptors } from '@nestjs/common';
import { Public } from '../../../modules/auth/public.decorator.js';
import { PageInterceptor } from '../pages/page.interceptor.js';
import { SessionGuard } from './session.guard.js';

/**
 * A controller of pages for who has a session: that takes the place of the bearer token, which browsers do not send.
 * @param route as for `@Controller`
 */
export function SignedInPages(route: string): ClassDecorator {
  return applyDecorators(
    Public(),
    UseGuards(SessionGuard),
    UseInterceptors(PageInterceptor),
    Controller(route),
  );
}
