// The command line on the Node.js that this file is run by. It is plain JavaScript, as what has to be done before the first
// file of TypeScript is read: stripping the types of some hundred files takes longer than a scan of a hundred manifests,
// and what strips them stays in memory, in every thread and child that needs it once.
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

// In our own folder, where nobody else can put code; where we may not write, there is no cache. By the environment, so that
// the thread of the records and the engine of the store have it too.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, '..', '.cache', 'compile')
enableCompileCache()

await import('../src/cli/main.ts')
