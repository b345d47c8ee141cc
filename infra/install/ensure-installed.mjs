// Installs what npm scripts need when it is missing or stale, so that `npm start` and `npm test` each
// work by themselves on a fresh clone. Runs on whatever Node is there (hence plain JavaScript of an old
// kind); the project's own Node comes with the install.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const stamp = join(root, 'node_modules', '.veilleur-installed');
const node = join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');

const wanted = createHash('sha256')
  .update(readFileSync(join(root, 'package.json')))
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex');

function isInstalled() {
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) return false;
  return spawnSync(node, ['-e', '']).status === 0;
}

if (!isInstalled()) {
  process.stderr.write(
    'Installing what Veilleur needs (once, some 25 s; everything goes into node_modules) ...\n',
  );
  const args = ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = process.env.npm_execpath;
  const result = npm
    ? spawnSync(process.execPath, [npm, ...args], { cwd: root, stdio: 'inherit' })
    : spawnSync('npm', args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });
  if (result.status !== 0) {
    process.stderr.write(
      '\nThe install did not end well. Check the network (npm ping) and that this folder may be written to, then try again.\n',
    );
    process.exit(1);
  }
  if (spawnSync(node, ['-e', '']).status !== 0) {
    process.stderr.write(
      '\nThe install left no usable Node in node_modules: install scripts must be allowed for the package "node" (npm config get ignore-scripts should say false).\n',
    );
    process.exit(1);
  }
  writeFileSync(stamp, wanted);
}
