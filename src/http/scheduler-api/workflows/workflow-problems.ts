import { ApiProblem } from '../../shared/documentation/api-problem.js';

/** Documents the answer to naming a workflow that does not exist. */
export function ApiNamesWorkflow(): MethodDecorator & ClassDecorator {
  return ApiProblem(
    404,
    'workflow_not_found',
    'No workflow has the id 01986f60-1b2c-7d3e-8f4a-5b6c7d8e9f00.',
  );
}

/** Documents the answer to naming a run that does not exist. */
export function ApiNamesWorkflowRun(): MethodDecorator & ClassDecorator {
  return ApiProblem(
    404,
    'workflow_run_not_found',
    'No run of a workflow has the id 01986f61-2a7e-7d05-8a4b-1c2d3e4f5a6b.',
  );
}
