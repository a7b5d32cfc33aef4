/** The built page: its files, and one document for all its addresses. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/** Without a page the API is there all the same. */
export async function servePage(
  app: FastifyInstance,
  directory: string | undefined,
): Promise<void> {
  if (directory === undefined || !existsSync(join(directory, 'index.html'))) {
    app.get('/', async (_request, reply) =>
      reply.type('text/plain').send('The page is not part of this build. The API is at /api/v1.\n'),
    );
    return;
  }
  await app.register(fastifyStatic, {
    root: directory,
    wildcard: false,
    index: ['index.html'],
    dotfiles: 'deny',
    cacheControl: false,
    setHeaders(reply, path) {
      // their names have their hash in them
      const isAsset = path.startsWith(join(directory, 'assets'));
      reply.header('cache-control', isAsset ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
}
