#!/usr/bin/env node
// Starts the command line on the pinned Node.js, whatever node started this file. Plain JavaScript for Node 18 and later.
'use strict'

const { spawn } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')

const root = path.resolve(__dirname, '..')
const runtime = path.join(root, 'node_modules', '.bin', 'node')
if (!fs.existsSync(runtime)) {
  process.stderr.write(
    'bulwark: the packages are not installed.\n  Run `npm start` or `npm install --ignore-scripts` in the clone once.\n',
  )
  process.exit(2)
}
// The server makes its garbage in a thread of its own (src/server/pipeline): here a small young generation is enough.
const flags = ['--max-semi-space-size=8']
const main = path.join(__dirname, 'start.mjs')
const child = spawn(runtime, [...flags, main, ...process.argv.slice(2)], { stdio: 'inherit' })
// The terminal sends Ctrl-C to both of us: the child ends in its own time, and we with it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => signal === 'SIGINT' || child.kill(signal))
child.on('exit', (code, signal) => {
  if (signal) process.kill(process.pid, signal)
  else process.exit(code ?? 1)
})
