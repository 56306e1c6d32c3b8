import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Controller, Get, NotFoundException, Param, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../../../modules/auth/public.decorator.js';
import { DASHBOARD_ROUTE } from '../path.js';

interface Asset {
  readonly type: string;
  readonly content: Buffer;
  readonly tag: string;
}

const TYPES: Readonly<Record<string, string>> = {
  'dashboard.css': 'text/css; charset=utf-8',
  'live.mjs': 'text/javascript; charset=utf-8',
  'icon.svg': 'image/svg+xml',
};

/** The files that pages refer to; the login page needs them, and they hold no data. */
@Public()
@Controller(`${DASHBOARD_ROUTE}/assets`)
export class AssetsController {
  private readonly assets = new Map(Object.entries(TYPES).map(([name, type]) => [name, read(name, type)]));

  @Get(':name')
  asset(
    @Param('name') name: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Buffer | undefined {
    const asset = this.assets.get(name);
    if (!asset) throw new NotFoundException(`There is no ${name}.`);
    // Browsers ask each time and mostly get a 304: no replica's old file outlives an upgrade.
    reply.headers({ 'content-type': asset.type, 'cache-control': 'no-cache', etag: asset.tag });
    if (request.headers['if-none-match'] !== asset.tag) return asset.content;
    reply.code(304);
    return undefined;
  }
}

function read(name: string, type: string): Asset {
  const content = readFileSync(new URL(name, import.meta.url));
  const digest = createHash('sha256').update(content).digest('base64url');
  return { type, content, tag: `"${digest.slice(0, 22)}"` };
}
