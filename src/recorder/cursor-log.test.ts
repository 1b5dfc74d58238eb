import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, test } from 'node:test'
import { CursorLog } from './cursor-log.ts'
import { nodeFs } from './fs-layer.ts'

const dirs: string[] = []
const directory = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'bulwark-cursor-'))
  dirs.push(dir)
  return dir
}
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true })
})

const state = async (dir: string) => {
  const log = await CursorLog.open(nodeFs, dir)
  await log.close()
  return { stored: log.stored, begun: log.begun }
}

test('a block that was begun and not done is begun after the next start', async () => {
  const dir = directory()
  const log = await CursorLog.open(nodeFs, dir)
  await log.begin({ from: 1, to: 5 })
  await log.done(5)
  await log.begin({ from: 6, to: 9 })
  await log.close()
  assert.deepEqual(await state(dir), { stored: 5, begun: { from: 6, to: 9 } })
  assert.deepEqual(await state(dir), { stored: 5, begun: { from: 6, to: 9 } })
})

test('a torn or damaged line is as if it had not been written', async () => {
  const dir = directory()
  const log = await CursorLog.open(nodeFs, dir)
  await log.done(5)
  await log.close()
  appendFileSync(join(dir, 'cursor.log'), 'done 9')
  assert.deepEqual(await state(dir), { stored: 5, begun: undefined })
  const path = join(dir, 'cursor.log')
  writeFileSync(path, readFileSync(path, 'latin1').replace('done 5', 'done 7'))
  assert.deepEqual(await state(dir), { stored: 0, begun: undefined })
})

test('the log stays small', async () => {
  const dir = directory()
  const path = join(dir, 'cursor.log')
  writeFileSync(path, 'x'.repeat(2 * 1024 * 1024))
  const log = await CursorLog.open(nodeFs, dir)
  await log.done(1)
  await log.close()
  assert.ok(readFileSync(path).length < 100)
  assert.deepEqual(await state(dir), { stored: 1, begun: undefined })
})
