#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

// Compiling is half of a command's start: what was compiled once is kept, for this user. Where nothing can be
// written (a read-only container), it is compiled each time.
const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
enableCompileCache(process.env.NODE_COMPILE_CACHE || join(cache, 'veilleur', 'compiled'));

const { run } = await import('./run.ts');
await run();
