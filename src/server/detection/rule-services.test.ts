import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, test } from 'node:test'
import { failedRead, secretRead } from '../../detect/fixture.ts'
import { openDesk } from '../../store/desk/index.ts'
import { RuleKeeper } from './rule-keeper.ts'
import { ruleServices } from './rule-services.ts'

const dirs: string[] = []
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true })
})

const opened = async () => {
  const dir = mkdtempSync(join(tmpdir(), 'bulwark-rule-services-'))
  dirs.push(dir)
  const desk = openDesk(dir)
  const keeper = await RuleKeeper.open({
    shipped: dir,
    sets: [],
    paths: [],
    urls: [],
    desk,
    onChanged: () => {},
    onError: (message, error) => assert.fail(`${message}: ${error}`),
  })
  const services = ruleServices({
    desk,
    keeper,
    coverage: { byRule: async () => new Map() },
    lastBacktest: () => undefined,
    selftests: () => new Map(),
    shipped: dir,
  })
  return { desk, keeper, services }
}

describe('saved rules', () => {
  test('are served as they were written, to the byte', async () => {
    const { keeper, services } = await opened()
    await using _ = keeper
    const odd = `\uFEFF# kept by the shop   \r\n${secretRead}\t\n---\n# between\n${failedRead}# at the end`
    await services.save('mine', odd, 'bob')
    const { name, text, by, version, at } = await services.saved('mine')
    assert.deepEqual([name, text, by], ['mine', odd, 'bob'])
    assert.match(version, /^[0-9a-f]{32}$/)
    assert.match(at, /^\d{4}-\d\d-\d\dT/)
    await assert.rejects(services.saved('none'), { code: 'NOT_FOUND' })
  })

  test('are saved in place of the version that was read, and of no other', async () => {
    const { keeper, services } = await opened()
    await using _ = keeper
    const save = (text: string, version?: string) => services.save('mine', text, 'carol', version)
    await assert.rejects(save(secretRead, 'never'), {
      code: 'RULES_CONFLICT',
      message: /^what was saved as "mine" was removed meanwhile \(saved-rules\/mine\)\./,
    })
    await save(secretRead, '')
    const { version } = await services.saved('mine')
    await save(failedRead, version)
    for (const old of [version, '']) {
      await assert.rejects(save(secretRead, old), { code: 'RULES_CONFLICT' })
    }
    await assert.rejects(save(secretRead, version), { what: '"mine" was changed meanwhile by carol' })
    assert.equal((await services.saved('mine')).text, failedRead)
    // Whoever names no version replaces what is there.
    await save(secretRead)
    assert.equal((await services.saved('mine')).version, version)
  })

  test('that are in error leave what stands there', async () => {
    const { keeper, services } = await opened()
    await using _ = keeper
    await services.save('mine', secretRead, 'bob')
    const broken = secretRead.replace('condition: selection', 'condition: other')
    await assert.rejects(services.save('mine', broken, 'bob'), { code: 'RULES_INVALID' })
    assert.equal((await services.saved('mine')).text, secretRead)
  })

  test('are checked in place of what stands under their name: their own ids are not taken', async () => {
    const { keeper, services } = await opened()
    await using _ = keeper
    await services.save('mine', secretRead, 'bob')
    const changed = secretRead.replace('level: high', 'level: low')
    assert.deepEqual((await services.check(changed, 'mine')).problems, [])
    const [problem] = (await services.check(changed)).problems
    assert.match(problem?.what ?? '', /is taken by the one in saved\/mine\.yml:/)
    const [other] = (await services.check(changed, 'another')).problems
    assert.match(other?.what ?? '', /is taken by/)
    await assert.rejects(services.check(changed, 'a/b'), { code: 'REQUEST_INVALID' })
    assert.equal((await services.saved('mine')).text, secretRead)
  })
})
