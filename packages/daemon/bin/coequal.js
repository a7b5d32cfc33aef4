#!/usr/bin/env node
import module from 'node:module';

if (Number(process.versions.node.split('.')[0]) < 24) {
  console.error(
    `coequal needs Node 24 or newer, and this is Node ${process.versions.node}. ` +
      'In a checkout, `npx coequal` finds the right one; elsewhere install it from nodejs.org.',
  );
  process.exitCode = 1;
} else {
  module.enableCompileCache();
  // Packed, it is CommonJS, which `import` would have to read as a whole for what it exports (3 ms).
  const { main } = module.createRequire(import.meta.url)('#cli');
  process.exitCode = await main(process.argv.slice(2));
}
