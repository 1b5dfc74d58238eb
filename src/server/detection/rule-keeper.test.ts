import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, test } from 'node:test'
import { failedRead, falcoExec, manyFailed, secretRead } from '../../detect/fixture.ts'
import { openDesk } from '../../store/desk/index.ts'
import type { Running } from './judge.ts'
import type { ConfigMapReading } from './rule-config-maps.ts'
import { RuleKeeper } from './rule-keeper.ts'

const dirs: string[] = []
const directory = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'bulwark-rules-'))
  dirs.push(dir)
  return dir
}
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true })
})

const keeperOf = async (more: Partial<Parameters<typeof RuleKeeper.open>[0]> = {}) => {
  const shipped = directory()
  for (const [set, text] of [
    ['bulwark', secretRead],
    ['falco', falcoExec],
  ] as const) {
    mkdirSync(join(shipped, set))
    writeFileSync(join(shipped, set, 'one.yml'), text)
    writeFileSync(join(shipped, set, 'one.tests.yml'), 'no rule')
  }
  const seen: Running[] = []
  const desk = openDesk(directory())
  const keeper = await RuleKeeper.open({
    shipped,
    sets: ['bulwark'],
    paths: [],
    urls: [],
    desk,
    onChanged: (running) => seen.push(running),
    onError: (message, error) => assert.fail(`${message}: ${error}`),
    ...more,
  })
  return { keeper, desk, seen }
}

/** As somebody does who looks again and again: a file that is written in this moment is taken in at the second look. */
const lookAgain = async (keeper: RuleKeeper): Promise<void> => {
  await keeper.look()
  await keeper.look()
}

const on = ({ set, enabled }: Running): string[] => set.heads.filter(enabled).map(({ title }) => title)
const titles = ({ set }: Running): string[] => set.heads.map(({ title }) => title)

test('shipped rules are known, and on where their set is; a person may switch each, over a restart', async () => {
  const { keeper, desk } = await keeperOf()
  await using _ = keeper
  assert.deepEqual(titles(keeper.running()), ['Secret read', 'Attach or exec to a pod'])
  assert.deepEqual(on(keeper.running()), ['Secret read'])
  keeper.switch('11111111-1111-4111-8111-111111111111', false, 'bob')
  keeper.switch('falco:Attach or exec to a pod', true, 'bob')
  assert.deepEqual(on(keeper.running()), ['Attach or exec to a pod'])
  assert.equal(desk.rules.switches().size, 2)
})

test('a broken file is refused with its place and mend while what it said before goes on, and others are loaded', async () => {
  const folder = directory()
  const [good, broken] = [join(folder, 'good.yml'), join(folder, 'broken.yml')]
  writeFileSync(good, failedRead)
  writeFileSync(broken, 'title: [')
  const { keeper, seen } = await keeperOf({ paths: [folder] })
  await using _ = keeper
  assert.deepEqual(titles(keeper.running()), ['Secret read', 'Failed read', 'Attach or exec to a pod'])
  assert.deepEqual(
    keeper.problems().refused.map(({ file, line, mend }) => [file, line, mend !== '']),
    [[broken, 1, true]],
  )

  writeFileSync(broken, manyFailed)
  await lookAgain(keeper)
  assert.deepEqual(keeper.problems().refused, [])
  assert.equal(titles(keeper.running()).includes('Many failed reads'), true)
  const changes = seen.length

  // The set changes as a whole or not at all: half of a file is never run.
  writeFileSync(broken, `${manyFailed.replace('gte: 3', 'gte: 1')}---\ntitle: Nothing\n`)
  writeFileSync(good, failedRead.replace('level: low', 'level: high'))
  await lookAgain(keeper)
  assert.equal(seen.length, changes + 1)
  const { set } = keeper.running()
  assert.deepEqual(
    keeper.problems().refused.map(({ file, line }) => [file, line]),
    [[broken, 12]],
  )
  assert.deepEqual(
    set.heads.filter(({ file }) => file.startsWith(folder)).map(({ title, severity }) => [title, severity]),
    [
      ['Failed read', 'high'],
      ['Many failed reads', 'high'],
    ],
  )
  assert.match(set.entries.find(({ head }) => head.title === 'Many failed reads')?.text ?? '', /gte: 3/)

  await keeper.look()
  assert.equal(seen.length, changes + 1, 'nothing changed')
  rmSync(broken)
  await keeper.look()
  assert.equal(titles(keeper.running()).includes('Many failed reads'), false)
  assert.deepEqual(keeper.problems().refused, [])
})

test('a file that is being written says what it said before, until it is whole', async () => {
  const file = join(directory(), 'a.yml')
  writeFileSync(file, failedRead)
  const { keeper } = await keeperOf({ paths: [file] })
  await using _ = keeper
  const own = () => titles(keeper.running()).slice(1, -1)
  assert.deepEqual(own(), ['Failed read'])
  // As a program does that truncates it and writes it anew: nothing is wrong with a file without a rule.
  for (const text of ['', failedRead.replace('Failed read', 'Read that failed')]) {
    writeFileSync(file, text)
    // Written at this moment, however long it takes to look.
    const soon = Date.now() / 1000 + 3600
    utimesSync(file, soon, soon)
    await keeper.look()
    assert.deepEqual([own(), keeper.problems().refused], [['Failed read'], []])
  }
  await keeper.look()
  assert.deepEqual(own(), ['Read that failed'])
  writeFileSync(file, '')
  await lookAgain(keeper)
  assert.deepEqual(own(), [], 'one that stays empty has no rules')
})

test('a folder that is swapped as a mounted ConfigMap is read once it points elsewhere', async () => {
  const mount = directory()
  for (const [version, text] of [
    ['..1', failedRead],
    ['..2', failedRead.replace('Failed read', 'Read that failed')],
  ] as const) {
    mkdirSync(join(mount, version))
    writeFileSync(join(mount, version, 'a.yml'), text)
  }
  symlinkSync('..1', join(mount, '..data'))
  symlinkSync('..data/a.yml', join(mount, 'a.yml'))
  const { keeper } = await keeperOf({ paths: [mount] })
  await using _ = keeper
  assert.equal(titles(keeper.running()).includes('Failed read'), true)
  symlinkSync('..2', join(mount, '..new'))
  renameSync(join(mount, '..new'), join(mount, '..data'))
  await lookAgain(keeper)
  assert.deepEqual(titles(keeper.running()), ['Secret read', 'Read that failed', 'Attach or exec to a pod'])
})

test('a path that is gone keeps what it said, and says so', async () => {
  const folder = join(directory(), 'rules')
  mkdirSync(folder)
  writeFileSync(join(folder, 'a.yml'), failedRead)
  const { keeper } = await keeperOf({ paths: [folder] })
  await using _ = keeper
  renameSync(folder, `${folder}-away`)
  await keeper.look()
  assert.equal(titles(keeper.running()).includes('Failed read'), true)
  assert.match(keeper.problems().refused[0]?.what ?? '', /cannot be read: ENOENT/)
})

test('rules that people save are tried first, kept in the desk, and removed again', async () => {
  const { keeper, desk } = await keeperOf()
  await using _ = keeper
  const { rules, problems } = keeper.check(failedRead)
  assert.deepEqual([rules.map(({ title }) => title), problems], [['Failed read'], []])
  assert.equal(keeper.check(secretRead).problems[0]?.what.includes('is taken by'), true)
  keeper.save('mine', failedRead, 'bob')
  assert.deepEqual(on(keeper.running()), ['Secret read', 'Failed read'])
  assert.equal(desk.rules.saved()[0]?.by, 'bob')
  assert.equal(keeper.remove('mine'), true)
  assert.deepEqual(on(keeper.running()), ['Secret read'])
  assert.equal(keeper.remove('mine'), false)
})

test('rules of ConfigMaps come and go with the state', async () => {
  let files = [{ name: 'ConfigMap security/rules: a.yml', text: failedRead, origin: 'user' as const }]
  const { keeper } = await keeperOf({ configMaps: () => ({ files, problems: [], unreadable: [] }) })
  await using _ = keeper
  assert.equal(titles(keeper.running()).includes('Failed read'), true)
  files = []
  await keeper.look()
  assert.equal(titles(keeper.running()).includes('Failed read'), false)
})

test('rules of ConfigMaps run from the first moment of a start, before the cluster is known, as they ran before', async () => {
  const name = 'ConfigMap security/rules: a.yml'
  const map = (text: string) => ({ files: [{ name, text, origin: 'user' as const }], problems: [], unreadable: [] })
  const desk = openDesk(directory())
  const failed = (keeper: RuleKeeper): boolean => titles(keeper.running()).includes('Failed read')
  let reading: ConfigMapReading | undefined = map(failedRead)
  const start = async () => (await keeperOf({ desk, configMaps: () => reading })).keeper
  {
    await using keeper = await start()
    assert.equal(failed(keeper), true)
    // A broken one does not take its place in the desk.
    reading = map('title: [')
    await keeper.look()
    assert.deepEqual([failed(keeper), keeper.problems().refused[0]?.file], [true, name])
  }
  reading = undefined
  {
    await using keeper = await start()
    assert.deepEqual([failed(keeper), keeper.problems().refused], [true, []])
    // Something in it looks like a secret: it is there, and cannot be taken.
    reading = { files: [], problems: [], unreadable: [name] }
    await keeper.look()
    assert.equal(failed(keeper), true)
    reading = { files: [], problems: [], unreadable: [] }
    await keeper.look()
    assert.equal(failed(keeper), false)
  }
  reading = undefined
  await using keeper = await start()
  assert.equal(failed(keeper), false)
})
