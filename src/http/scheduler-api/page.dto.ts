import { ApiProperty } from '@nestjs/swagger';
import { QueryInteger } from '../shared/validation/query-decorators.js';

const DEFAULT_PAGE_SIZE = 20;
const MAX_PAGE_SIZE = 200;
const MAX_PAGE_NUMBER = 1_000_000;

/** The query fields of every paged list. */
export class PageQueryDto {
  @QueryInteger({ min: 1, max: MAX_PAGE_NUMBER, default: 1, description: 'Page to answer, from 1.' })
  pageNumber: number;

  @QueryInteger({ min: 1, max: MAX_PAGE_SIZE, default: DEFAULT_PAGE_SIZE, description: 'Items on a page.' })
  pageSize: number;
}

/** What every page says beside its items. */
export class PageDto {
  @ApiProperty({ type: 'integer', description: 'How many items match, over all pages.', example: 42 })
  totalCount: number;

  @ApiProperty({ type: 'integer', description: 'The page that this is, from 1.', example: 1 })
  pageNumber: number;

  @ApiProperty({ type: 'integer', description: 'Items on a full page.', example: DEFAULT_PAGE_SIZE })
  pageSize: number;
}

/** A page's place in the whole list. */
export function rangeOf(query: PageQueryDto): { offset: number; limit: number } {
  return { offset: (query.pageNumber - 1) * query.pageSize, limit: query.pageSize };
}

/** Puts items and their total into the shape of a page. */
export function pageOf<T>(items: T[], totalCount: number, query: PageQueryDto): PageDto & { items: T[] } {
  return { items, totalCount, pageNumber: query.pageNumber, pageSize: query.pageSize };
}
