import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';

type SecuritySchemeObject = Parameters<DocumentBuilder['addSecurity']>[1];

/** One OpenAPI document: the dialect it describes and where it is served. */
export interface DocumentDefinition {
  /** In the list of Swagger UI. */
  readonly name: string;
  readonly title: string;
  /** Markdown. */
  readonly description: string;
  readonly version: string;
  /** Such as `/docs/scheduler.json`. */
  readonly path: string;
  /** The modules whose controllers it holds. */
  readonly modules: readonly Type[];
  /** Security schemes beside `bearer` that operations name. */
  readonly securitySchemes?: Readonly<Record<string, SecuritySchemeObject>>;
}

const DOCUMENTATION_PATH = '/docs';

/** The OpenAPI 3.0 document of an application that has been initialised. Closed by a bearer token. */
export function buildDocument(app: NestFastifyApplication, definition: DocumentDefinition): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle(definition.title)
    .setDescription(definition.description)
    .setVersion(definition.version)
    .addServer('/')
    .addBearerAuth({
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
      description: 'A JWT; `npm run token -- --sub you` prints one.',
    })
    .addSecurityRequirements('bearer');
  for (const [name, scheme] of Object.entries(definition.securitySchemes ?? {}))
    builder.addSecurity(name, scheme);
  return SwaggerModule.createDocument(app, builder.build(), {
    include: [...definition.modules],
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}_${method}`,
  });
}

/**
 * Serves every document as JSON, and one Swagger UI over all of them at `/docs`. Call it before `init` or
 * `listen`; the documents are built when they are first asked for. Open to everybody: they hold no data.
 */
export function setupDocumentation(
  app: NestFastifyApplication,
  definitions: readonly [DocumentDefinition, ...DocumentDefinition[]],
): void {
  for (const definition of definitions) {
    SwaggerModule.setup(definition.path, app, () => buildDocument(app, definition), {
      ui: false,
      raw: ['json'],
      jsonDocumentUrl: definition.path,
    });
  }
  SwaggerModule.setup(DOCUMENTATION_PATH, app, () => buildDocument(app, definitions[0]), {
    raw: false,
    explorer: true,
    customSiteTitle: 'Carillon API',
    swaggerOptions: {
      urls: definitions.map(({ name, path }) => ({ name, url: path })),
      persistAuthorization: true,
    },
  });
}
