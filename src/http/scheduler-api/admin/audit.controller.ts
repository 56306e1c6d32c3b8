import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { requireAllProjects } from '../../../modules/admin/all-projects.js';
import { AuditLog } from '../../../modules/audit/audit-log.js';
import { AdminOnly } from '../../../modules/auth/admin-only.js';
import { CurrentPrincipal } from '../../../modules/auth/current-principal.decorator.js';
import type { Principal } from '../../../modules/auth/principal.js';
import * as examples from '../examples.js';
import { pageOf, rangeOf } from '../page.dto.js';
import { SCHEDULER_ROUTE } from '../path.js';
import { ApiGuarded, ApiNeedsAdmin, ApiReachesAllProjects, ApiTakesQuery } from '../problems.js';
import { AUDIT_EXAMPLE, AuditPageDto, ListAuditQueryDto, toAuditEntryDto } from './audit.dto.js';

/** The audit trail. */
@ApiTags('Admin')
@ApiGuarded()
@AdminOnly()
@Controller(`${SCHEDULER_ROUTE}/admin/audit`)
export class AuditController {
  constructor(private readonly log: AuditLog) {}

  @Get()
  @ApiOperation({
    operationId: 'listAuditEntries',
    summary: 'List who changed what',
    description:
      'One page of the audit trail, the newest first. Every call that changes something is on record, those that ' +
      'were refused too; nothing can change or remove an entry before `AUDIT_RETENTION_DAYS` have passed.',
  })
  @ApiOkResponse({
    type: AuditPageDto,
    description: 'The page.',
    example: examples.pageExample([AUDIT_EXAMPLE]),
  })
  @ApiTakesQuery()
  @ApiNeedsAdmin()
  @ApiReachesAllProjects()
  async listAuditEntries(
    @Query() query: ListAuditQueryDto,
    @CurrentPrincipal() caller: Principal,
  ): Promise<AuditPageDto> {
    requireAllProjects(caller);
    const { from, to, actor, operation, targetId } = query;
    const { items, total } = await this.log.list({
      from,
      to,
      actor,
      operation,
      targetId,
      ...rangeOf(query),
    });
    return pageOf(items.map(toAuditEntryDto), total, query);
  }
}
