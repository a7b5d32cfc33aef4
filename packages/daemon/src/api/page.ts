/** The built page: its files, each under an address of its own, found when the peer starts. */
import { existsSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
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
    serve: false, // it would look for files with a library that is larger than all of this
    dotfiles: 'deny',
    preCompressed: true,
    cacheControl: false,
    setHeaders(reply, path) {
      // the name of an asset has its hash
      const isAsset = path.startsWith(assets);
      reply.header('cache-control', isAsset ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
  // a route for each file, and nothing else: what is not one of them is looked for nowhere
  for (const path of filesOf(directory)) {
    const urls = path === 'index.html' ? ['/', '/index.html'] : [`/${path}`];
    for (const url of urls) {
      app.route({
        method: ['HEAD', 'GET'],
        url,
        handler: (_request, reply) => reply.sendFile(path),
        errorHandler(error, request, reply) {
          const hasLeft = 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
          if (hasLeft) request.raw.destroy();
          else app.errorHandler(error, request, reply);
        },
      });
    }
  }
}

/** Their paths in the page's folder, as in addresses; without those that are hidden. */
function filesOf(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(directory, join(parentPath, name)).replaceAll(sep, '/'))
    .filter((path) => !path.split('/').some((part) => part.startsWith('.')));
}
