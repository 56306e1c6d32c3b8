import { Body, Controller, Get, HttpCode, Post, Req, Res, UseGuards, UseInterceptors } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AdminSessions } from '../../../modules/auth/admin-sessions.js';
import { includesRole } from '../../../modules/auth/principal.js';
import { Public } from '../../../modules/auth/public.decorator.js';
import { roleInsufficient } from '../../../modules/auth/role.guard.js';
import { SignIn, type SignedIn } from '../../../modules/auth/sign-in.js';
import { NotAudited } from '../../shared/audit/not-audited.decorator.js';
import { describeError } from '../../shared/errors/describe-error.js';
import type { Html } from '../pages/html.js';
import { PageInterceptor } from '../pages/page.interceptor.js';
import { DASHBOARD, DASHBOARD_ROUTE, LOGIN } from '../path.js';
import { LoginFormDto } from './login-form.dto.js';
import { loginPage } from './login-page.js';
import { SameOriginGuard } from './same-origin.guard.js';
import { giveSession, takeSession } from './session-cookie.js';

/** The way into the dashboard and out of it. It changes nothing that the audit trail keeps. */
@Public()
@NotAudited()
@UseInterceptors(PageInterceptor)
@Controller(DASHBOARD_ROUTE)
export class LoginController {
  constructor(
    private readonly signIn: SignIn,
    private readonly sessions: AdminSessions,
  ) {}

  @Get('login')
  form(): Html {
    return loginPage(null);
  }

  /** Opens a session for the token of an administrator; for any other one the form again, which says why. */
  @Post('login')
  @HttpCode(303)
  @UseGuards(SameOriginGuard)
  async login(
    @Body() { token }: LoginFormDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Html | string> {
    let admin: SignedIn;
    try {
      admin = await this.adminOf(token);
    } catch (error) {
      const { kind, status, message } = describeError(error);
      if (kind === 'internal') throw error;
      reply.code(status);
      return loginPage(message);
    }
    giveSession(request, reply, this.sessions.open(admin));
    reply.header('location', DASHBOARD);
    return '';
  }

  @Post('logout')
  @HttpCode(303)
  @UseGuards(SameOriginGuard)
  logout(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): string {
    takeSession(request, reply);
    reply.header('location', LOGIN);
    return '';
  }

  private async adminOf(token: string): Promise<SignedIn> {
    const signedIn = await this.signIn.check(token);
    const { role } = signedIn.principal;
    if (!includesRole(role, 'admin')) throw roleInsufficient('admin', role);
    return signedIn;
  }
}
