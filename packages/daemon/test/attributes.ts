/** Extended attributes of files (Linux), as Python reads them. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const PROBE = `
import os, sys
open(sys.argv[1], 'w').close()
try:
    os.setxattr(sys.argv[1], 'user.probe', b'1')
finally:
    os.unlink(sys.argv[1])
`;
const READ = `
import os, sys
sys.stdout.write(os.getxattr(sys.argv[1], sys.argv[2]).decode())
`;

function python(program: string, ...args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync('python3', ['-c', program, ...args], { encoding: 'utf8' });
  return status === 0 ? stdout : undefined;
}

/** For `skip`: why none can be looked at in a folder. */
export function noAttributes(folder: string): string | false {
  if (process.platform !== 'linux') return 'these attributes are of Linux';
  if (python('') === undefined) return 'install the Debian package python3';
  const isKept = python(PROBE, join(folder, `probe-${process.pid}`)) !== undefined;
  return isKept ? false : 'this disk keeps no attributes of files';
}

/** Undefined: it has none of this name. */
export function attributeOf(path: string, name: string): string | undefined {
  return python(READ, path, name);
}
