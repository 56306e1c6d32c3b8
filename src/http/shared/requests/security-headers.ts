import type { FastifyHelmetOptions } from '@fastify/helmet';

/**
 * Response headers for browsers. The policy lets Swagger UI and the dashboard run from this origin alone;
 * Swagger UI writes inline styles and draws data: images.
 */
export const SECURITY_HEADERS: FastifyHelmetOptions = {
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
