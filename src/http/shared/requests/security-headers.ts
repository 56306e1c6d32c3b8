import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import helmet, { type HelmetOptions } from 'helmet';

/**
 * The policy lets Swagger UI and the dashboard run from this origin alone;
 * Swagger UI writes inline styles and draws data: images.
 */
const OPTIONS: HelmetOptions = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'self'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", 'data:'],
      objectSrc: ["'none'"],
      baseUri: ["'self'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
    },
  },
  xFrameOptions: { action: 'deny' },
  // Whether the host is only ever to be reached by TLS is for the proxy that ends TLS to say.
  strictTransportSecurity: false,
};

/** Response headers for browsers. They are the same for all answers, also for those that no hook sees. */
export const SECURITY_HEADERS = securityHeaders();

function securityHeaders(): Readonly<Record<string, string>> {
  const request = new IncomingMessage(new Socket());
  const response = new ServerResponse(request);
  helmet(OPTIONS)(request, response, () => undefined);
  return response.getHeaders() as Record<string, string>;
}
