// Ordinary life opens no case; techniques that are acted out in the midst of it do, each.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { findStack } from '../cluster/build.ts'
import { textAt } from '../cluster/client.ts'
import { actOut, strayCases } from './act-out.ts'
import { acts } from './acts.ts'
import { estate } from './estate.ts'
import { casesOf, isAlarm } from './figures.ts'
import { liveNormally } from './normal.ts'
import { openSite, type Site } from './site.ts'

const stack = await findStack()

describe('detection on a real cluster', { skip: stack.kind === 'unavailable' && stack.reason }, () => {
  let site: Site

  before(async () => {
    site = await openSite(stack, estate())
  })
  after(() => site?.[Symbol.asyncDispose]())

  test('ninety dense seconds of ordinary life open no case', async () => {
    const { seen, pods, fired, broken } = await liveNormally(site, 1.5, 20)
    console.log(`   ${seen.total} audit events of ${seen.principals} principals, ${pods} pods made`)
    // Pods go while somebody looks at them, as they do in life; a script that is wrong fails every time.
    for (const what of broken) console.log(`   came to nothing: ${what}`)
    assert.ok(broken.length <= 3, broken.join('\n'))
    assert.ok(seen.total > 4000, `${seen.total} events are too few to say anything`)
    assert.ok(fired.length > 5, 'rules were at work: those that open no case fired')
    assert.deepEqual(
      fired.filter(isAlarm).map(({ name, fired: times }) => `${name}: ${times}`),
      [],
    )
    assert.deepEqual(
      (await casesOf(site.server)).map((one) => textAt(one, 'title')),
      [],
    )
  })

  test(`each of ${acts.length} techniques is in a case, by the rules that it is for`, async () => {
    const outcomes = await actOut(site, acts)
    for (const { act, seconds, severity, title } of outcomes)
      console.log(`   ${(seconds?.toFixed(2) ?? '–').padStart(6)} s ${act.id}: ${severity}: ${title}`)
    assert.deepEqual(
      outcomes
        .filter(({ seconds }) => seconds === undefined)
        .map(({ act, missing, error }) => `${act.id}: ${error ?? `no case with ${missing.join(', ')}`}`),
      [],
    )
    assert.deepEqual(await strayCases(site.server, outcomes), [])
  })
})
