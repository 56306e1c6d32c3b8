import { Get } from '@nestjs/common';
import { CurrentPrincipal } from '../../../modules/auth/current-principal.decorator.js';
import type { Principal } from '../../../modules/auth/principal.js';
import type { Html } from '../pages/html.js';
import { page } from '../pages/layout.js';
import { DASHBOARD_ROUTE } from '../path.js';
import { SignedInPages } from '../session/signed-in-pages.js';
import { Overview } from './overview.js';
import { overviewBody } from './overview-page.js';

/** The first page: how the scheduler is. */
@SignedInPages(DASHBOARD_ROUTE)
export class OverviewController {
  constructor(private readonly overview: Overview) {}

  @Get()
  async show(@CurrentPrincipal() { subject, projects }: Principal): Promise<Html> {
    const view = await this.overview.read(projects);
    return page({ title: 'Overview', section: 'overview', subject, live: true, body: overviewBody(view) });
  }
}
