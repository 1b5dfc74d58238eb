import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, test } from 'node:test'
import { BulwarkError } from '../model/error.ts'
import { lockDirectory } from './lock.ts'

const dirs: string[] = []
const directory = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'bulwark-lock-'))
  dirs.push(dir)
  return dir
}
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true })
})

test('a second holder is refused with the pid of the first', () => {
  const dir = directory()
  const lock = lockDirectory(dir)
  assert.throws(
    () => lockDirectory(dir),
    (error) =>
      error instanceof BulwarkError &&
      error.code === 'DATA_DIR_LOCKED' &&
      error.message ===
        `another Bulwark (pid ${process.pid} on ${hostname()}) uses the data directory (${dir}). ` +
          'stop it first, or choose another directory with --data-dir',
  )
  lock.release()
})

test('a released lock can be taken again', () => {
  const dir = directory()
  lockDirectory(dir).release()
  lockDirectory(dir).release()
})

test('a second process is refused while we hold the lock, and a dead one leaves nothing to take over', () => {
  const dir = directory()
  const script = `
    import { lockDirectory } from ${JSON.stringify(new URL('./lock.ts', import.meta.url).href)}
    try { lockDirectory(${JSON.stringify(dir)}); console.log('taken') } catch (error) { console.log(error.code) }
    process.kill(process.pid, 'SIGKILL')
  `
  const other = () =>
    spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }).stdout.trim()
  const lock = lockDirectory(dir)
  assert.equal(other(), 'DATA_DIR_LOCKED')
  lock.release()
  assert.equal(other(), 'taken')
  lockDirectory(dir).release()
})

test('a damaged note beside the lock does not keep the lock from working', () => {
  const dir = directory()
  const lock = lockDirectory(dir)
  writeFileSync(join(dir, 'lock.json'), '{"pid":')
  assert.throws(() => lockDirectory(dir), /another Bulwark \(pid unknown\) uses the data directory/)
  lock.release()
})
