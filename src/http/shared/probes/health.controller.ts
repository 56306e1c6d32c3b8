import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '../../../modules/auth/public.decorator.js';
import { HEALTH_CHECKS, type HealthCheck, type HealthReport } from './probes.js';

/** Milliseconds that one check may take; a part that hangs is as bad as one that is away. */
const CHECK_TIMEOUT_MS = 3_000;

interface Readiness {
  readonly status: 'ok' | 'unavailable';
  readonly checks: Readonly<Record<string, HealthReport>>;
}

/** For load balancers and orchestrators: is the process alive, and may it be sent work. */
@ApiExcludeController()
@Public()
@Controller('health')
export class HealthController {
  constructor(@Inject(HEALTH_CHECKS) private readonly checks: readonly HealthCheck[]) {}

  /** 200 as long as the process answers at all. */
  @Get('live')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** 200 when every check passes, else 503; each check with its detail. */
  @Get('ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<Readiness> {
    const reports = await Promise.all(
      this.checks.map(async (check) => [check.name, await report(check)] as const),
    );
    const ok = reports.every(([, { ok: passed }]) => passed);
    reply.code(ok ? 200 : 503);
    return { status: ok ? 'ok' : 'unavailable', checks: Object.fromEntries(reports) };
  }
}

async function report(check: HealthCheck): Promise<HealthReport> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<HealthReport>((resolve) => {
    timer = setTimeout(resolve, CHECK_TIMEOUT_MS, {
      ok: false,
      detail: `no answer within ${CHECK_TIMEOUT_MS} ms`,
    });
  });
  try {
    return await Promise.race([check.check(), late]);
  } catch {
    // The error may name hosts and users, and this page is public; the check logs it where that is of use.
    return { ok: false, detail: 'the check failed' };
  } finally {
    clearTimeout(timer);
  }
}
