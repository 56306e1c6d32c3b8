import { Module } from '@nestjs/common';
import { WorkflowsModule } from '../../modules/workflows/workflows.module.js';
import { EngineCoreModule } from '../engine-core.module.js';
import { WorkflowLoopsService } from './workflow-loops.service.js';

/** The loops of workflows: role `scheduler`. */
@Module({
  imports: [EngineCoreModule, WorkflowsModule],
  providers: [WorkflowLoopsService],
})
export class WorkflowLoopsModule {}
