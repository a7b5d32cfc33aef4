/** The built page: its files, each under an address of its own, found when the peer starts. */
import { existsSync } from 'node:fs';
import { join, sep } from 'node:path';
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
  const assets = join(directory, 'assets') + sep;
  await app.register(fastifyStatic, {
    root: directory,
    // a route for each file, and nothing else: what is not one of them is looked for nowhere
    wildcard: false,
    index: ['index.html'],
    dotfiles: 'deny',
    preCompressed: true,
    cacheControl: false,
    setHeaders(reply, path) {
      // the name of an asset has its hash
      const isAsset = path.startsWith(assets);
      reply.header('cache-control', isAsset ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
}
