import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsIn, IsString } from 'class-validator';

export const DEPENDENCY_CONDITION_WORDS = ['AllSucceeded', 'AnySucceeded'] as const;
export type DependencyConditionWord = (typeof DEPENDENCY_CONDITION_WORDS)[number];

const MAX_PREREQUISITES = 100;

const CONDITION =
  '`AllSucceeded`: every prerequisite must have succeeded since the previous execution of the job was created; ' +
  '`AnySucceeded`: at least one.';

/** Jobs that must have run first, as a request sets them. */
export class SetDependenciesDto {
  @ApiProperty({
    type: 'array',
    items: { type: 'string', format: 'uuid' },
    minItems: 1,
    maxItems: MAX_PREREQUISITES,
    description: 'The ids of the jobs that must run first.',
    example: ['01986f3e-0000-7c4e-9c1f-3a5b7d9e1f20'],
  })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_PREREQUISITES)
  @IsString({ each: true })
  dependsOnJobIds: string[];

  @ApiProperty({ enum: DEPENDENCY_CONDITION_WORDS, description: CONDITION, example: 'AllSucceeded' })
  @IsIn(DEPENDENCY_CONDITION_WORDS)
  condition: DependencyConditionWord;
}

/** Jobs that must have run first. */
export class DependenciesDto {
  @ApiProperty({
    type: 'array',
    items: { type: 'string', format: 'uuid' },
    description: 'The ids of the jobs that must run first; empty: none.',
    example: ['01986f3e-0000-7c4e-9c1f-3a5b7d9e1f20'],
  })
  dependsOnJobIds: string[];

  @ApiProperty({ enum: DEPENDENCY_CONDITION_WORDS, description: CONDITION, example: 'AllSucceeded' })
  condition: DependencyConditionWord;
}
