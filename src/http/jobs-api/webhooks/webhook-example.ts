import { JOB_EXAMPLE, RUN_EXAMPLE } from '../examples.js';
import type { WebhookDeliveryDto } from './webhook-delivery.dto.js';

/** A delivery as the OpenAPI document shows it; it belongs to the story of the other examples. */
export const DELIVERY_EXAMPLE: WebhookDeliveryDto = {
  id: '01986f41-2bdf-7a11-9d3c-5e6f708192a3',
  run_id: RUN_EXAMPLE.id,
  job_id: JOB_EXAMPLE.id,
  event: 'run.completed',
  status: 'delivered',
  attempts: 1,
  next_attempt_at: null,
  log: [
    {
      attempt: 1,
      at: '2030-01-07T12:00:00.364Z',
      url: 'https://your-service.example.com/hooks/carillon',
      response_status: 204,
      duration_ms: 41.8,
      error_code: null,
      error: null,
    },
  ],
  created_at: '2030-01-07T12:00:00.358Z',
  finished_at: '2030-01-07T12:00:00.406Z',
};
