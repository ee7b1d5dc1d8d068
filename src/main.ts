#!/usr/bin/env node
/**
 * Owns the process: what it must survive, the one command that runs, and the only exit. Nothing heavy is imported here: the
 * first frame waits for it. (The build sets NODE_ENV to production, or React's development build would leak.)
 */
import { runtimeGuards } from './cli/process-guards.ts';

const guards = runtimeGuards(process);
const { main } = await import('./cli/program.ts');
process.exitCode = await main(process.argv.slice(2), guards);
await guards.flush();
// Sockets kept alive by libraries must not hold a finished command back.
process.exit();
