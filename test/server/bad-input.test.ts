// What people and clusters get wrong, in the running server: rules wrong in every way, a thousand of them, expressions that
// explode elsewhere, and events that lack what every rule asks for.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { JsonObject, JsonValue } from '../../src/model/json.ts'
import { type AuditSite, ask, auditSite, eventNow, figureOf, itemsOf, readOf } from './audit-site.ts'
import { eventually, type Running, type Served, served } from './process.ts'
import { wrongRules } from './wrong-rules.ts'

const thousand = 1000

/** Tells of who reads a Secret of one name. */
const ruleOf = (name: string, more: string): string => `title: Test ${name}
name: test-${name}
level: high
logsource: {product: kubernetes, service: audit}
detection:
  selection:
    objectRef.resource: secrets
${more}
  condition: selection
`

/** Where others' engines go back and forth for hours. */
const explosive = ['^(a+)+$', '^(a|aa)+$', '(.*a){20}$', '^(([a-z])+.)+[A-Z]([a-z])+$', '(x+x+)+y']

describe('bad input', () => {
  let site: AuditSite
  let running: Running
  let server: Served
  let number = 0

  before(async () => {
    site = await auditSite((dir) => {
      for (const folder of ['wrong', 'many', 'explosive']) mkdirSync(join(dir, folder))
      for (const { name, text } of wrongRules) writeFileSync(join(dir, 'wrong', `${name}.yml`), text)
      writeFileSync(join(dir, 'wrong', 'good.yml'), ruleOf('good', '    objectRef.name: good'))
      for (let index = 0; index < thousand; index++)
        writeFileSync(join(dir, 'many', `${index}.yml`), ruleOf(`many-${index}`, `    objectRef.name: many-${index}`))
      for (const [index, expression] of explosive.entries())
        writeFileSync(
          join(dir, 'explosive', `${index}.yml`),
          ruleOf(`re-${index}`, `    userAgent|re: '${expression}'`),
        )
      const paths = ['wrong', 'many', 'explosive'].flatMap((folder) => ['--rules', join(dir, folder)])
      return ['--rule-sets', 'bulwark,falco,sigmahq', ...paths]
    })
    running = site.serve()
    server = await served(site.home, running)
  })
  after(async () => {
    await running?.[Symbol.asyncDispose]()
    site?.[Symbol.dispose]()
  })

  /** How often rules fired, by name of the rule's title. */
  const fired = async (): Promise<ReadonlyMap<string, number>> =>
    new Map(
      itemsOf(await server.get('/api/v1/rules')).map(({ rule, fired: count }) => [
        String(Reflect.get(Object(rule), 'title')),
        Number(count),
      ]),
    )
  const untilFired = (title: string) => eventually(fired, (counts) => (counts.get(title) ?? 0) > 0)
  const figure = (name: string): Promise<number> => figureOf(server, name)
  const read = (name: string, more: object = {}): JsonObject => ({
    ...eventNow(number, readOf(`person-${number}`, name, `10.7.1.${number++ % 250}`)),
    ...more,
  })

  test('each wrong rule is refused with its line and how to mend it, and those beside it run', async () => {
    const { refused } = await server.get('/api/v1/rules')
    const told = itemsOf({ refused: refused ?? null }, 'refused')
    const first = new Map(told.toReversed().map((one) => [basename(String(one.file), '.yml'), one]))
    assert.deepEqual(
      new Map([...first].map(([name, { line }]) => [name, Number(line)] as const).sort()),
      new Map(wrongRules.map(({ name, line }) => [name, line] as const).sort()),
    )
    assert.deepEqual(
      told.filter(({ what, mend }) => what === '' || mend === ''),
      [],
    )
    await site.send([read('good')])
    await untilFired('Test good')
  })

  test(`of ${thousand} rules each runs, and one that changes is taken in`, async () => {
    const titles = await fired()
    assert.equal([...titles.keys()].filter((title) => title.startsWith('Test many-')).length, thousand)
    await site.send([0, 500, thousand - 1].map((index) => read(`many-${index}`)))
    for (const index of [0, 500, thousand - 1]) await untilFired(`Test many-${index}`)
    const last = join(site.home.dir, 'many', `${thousand - 1}.yml`)
    writeFileSync(last, ruleOf(`changed`, '    objectRef.name: changed'))
    await eventually(fired, (counts) => counts.has('Test changed'))
    await site.send([read('changed')])
    await untilFired('Test changed')
  })

  test('expressions that explode elsewhere take no longer than others', async () => {
    const judged = await figure('events_judged')
    const hostile = ['a', 'ab', 'x', 'aB'].map((text) => `${text.repeat(15_000)}!`)
    const events = Array.from({ length: 100 }, (_, index) => read('elsewhere', { userAgent: hostile[index % 4] ?? '' }))
    for (let at = 0; at < events.length; at += 10) await site.send(events.slice(at, at + 10))
    await eventually(
      () => figure('events_judged'),
      (now) => now >= judged + events.length,
    )
    await site.send([read('elsewhere', { userAgent: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaa' })])
    const counts = await untilFired('Test re-0')
    assert.equal(counts.get('Test re-4'), 0)
  })

  test('events that lack every field, or hold something else in it, harm nobody, and those beside them are judged', async () => {
    const whole = read('good')
    const names = Object.keys(whole)
    const odd: readonly JsonValue[] = [
      null,
      7,
      '',
      'x',
      true,
      [],
      [[]],
      [null],
      {},
      { '': '' },
      { toString: 1, __proto__: 1 },
    ]
    const lacking = names.map((name) =>
      Object.fromEntries(Object.entries(read('good')).filter(([key]) => key !== name)),
    )
    const strange = names.flatMap((name) => odd.map((value): JsonObject => ({ ...read('good'), [name]: value })))
    const deep = JSON.parse(`${'{"requestObject":'.repeat(500)}{}${'}'.repeat(500)}`)
    const nothing: readonly JsonObject[] = [
      {},
      { kind: 'Event' },
      { apiVersion: 'audit.k8s.io/v1', kind: 'Event', level: 'Metadata' },
    ]
    const hollow: JsonObject = {
      ...Object.fromEntries(names.map((name) => [name, null])),
      auditID: whole.auditID ?? '',
      stage: 'ResponseComplete',
    }
    const all = [...nothing, ...lacking, ...strange, hollow, { ...read('good'), requestObject: deep }]
    for (let at = 0; at < all.length; at += 50) await site.send(all.slice(at, at + 50))
    const before = (await fired()).get('Test many-7') ?? 0
    await site.send([{}, read('many-7'), hollow])
    await eventually(fired, (counts) => (counts.get('Test many-7') ?? 0) === before + 1)
    assert.equal(await figure('events_failed'), 0)
    assert.equal((await server.get('/api/v1/status')).record !== undefined, true)
    assert.doesNotMatch(running.stderr(), /TypeError|RangeError|at .*\.ts:\d+/)
  })
})

test('the same rules are refused, with their line, where a person tries or saves them', async () => {
  using site = await auditSite((dir) => {
    writeFileSync(join(dir, 'good.yml'), ruleOf('good', '    objectRef.name: good'))
    return ['--rule-sets', 'none', '--rules', join(dir, 'good.yml')]
  })
  await using running = site.serve()
  const server = await served(site.home, running)
  for (const [index, { name, text, line }] of wrongRules.entries()) {
    // Each is read beside all rules that ship: some are enough, all are tried as files above.
    if (index % 4 !== 0) continue
    const checked = await ask(server, 'POST', '/api/v1/rules/check', { text, by: 'al' })
    // A text that the API does not take at all is told as such.
    if (checked.status !== 200) assert.deepEqual([name, checked.status], [name, 400])
    else {
      const errors = itemsOf(checked.body, 'problems').filter(({ severity }) => severity === 'error')
      assert.ok(
        errors.some((one) => one.line === line),
        `${name}: ${JSON.stringify(checked.body)}`,
      )
    }
    if (index % 12 !== 0) continue
    const saved = await ask(server, 'PUT', `/api/v1/saved-rules/${name}`, { text, by: 'al' })
    assert.equal(saved.status, 400, `${name}: ${JSON.stringify(saved.body).slice(0, 200)}`)
  }
  assert.deepEqual(
    itemsOf(await server.get('/api/v1/rules')).filter(({ rule }) =>
      String(Reflect.get(Object(rule), 'file')).startsWith('saved/'),
    ),
    [],
  )
})
