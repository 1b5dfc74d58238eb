// Rules that somebody saved, edited in a real browser on a real server: what is saved is what was written, byte for byte.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { faultsOf, skip } from './browser.ts'
import { inRealServer } from './real-server.ts'

const often = '22222222-2222-4222-8222-222222222222'

/** Two rules, a filter, and what only a text has: comments, blanks at an end of a line, a line end of another system. */
const mine = `# Kept by the team of the shop.
title: Secret read
id: 11111111-1111-4111-8111-111111111111
name: secret-read
level: low
logsource: {product: kubernetes, service: audit}
detection:
  selection: {verb: get, objectRef.resource: secrets}
  condition: selection
---
# Thirty a minute are usual,   \r
# says carol.
title: Secrets read often
id: ${often}
level: high
correlation:
  type: event_count
  rules: [secret-read]
  group-by: [user.username]
  timespan: 1m
  condition:
    gte: 25
---
title: Not bob
id: 33333333-3333-4333-8333-333333333333
logsource: {product: kubernetes, service: audit}
filter:
  rules: [secret-read]
  selection: {user.username: bob}
  condition: not selection
# The end.`

describe('saved rules in the editor', { skip, timeout: 1_800_000 }, () => {
  const real = inRealServer()
  before(async () => {
    const page = await real().context.newPage()
    await page.goto(real().origin)
    await page.evaluate("localStorage.setItem('bulwark.name', 'alice')")
    await page.close()
  })

  const path = '/api/v1/saved-rules/mine'
  const put = async (text: string, more: object = {}) => {
    const { context, origin } = real()
    const answer = await context.request.put(origin + path, {
      headers: { origin },
      data: { text, by: 'bob', ...more },
    })
    return answer.status()
  }
  const saved = async () => {
    const { context, origin } = real()
    return Object(await (await context.request.get(origin + path)).json())
  }

  const opened = async (): Promise<{ page: Page; faults: string[] }> => {
    const { context, origin } = real()
    const page = await context.newPage()
    const faults = faultsOf(page, origin)
    await page.goto(`${origin}/rules/edit?rule=${often}&run=1`)
    await page.getByText('2 rules read, without a fault').waitFor()
    return { page, faults }
  }
  const write = async (page: Page, was: string, text: string): Promise<void> => {
    await page.locator('.cm-line', { hasText: was }).click()
    await page.keyboard.press('End')
    for (let letter = 0; letter < 2; letter += 1) await page.keyboard.press('Backspace')
    await page.keyboard.type(text)
  }

  test('a number is changed, its back-test is seen old against new, and all else stays as it was', async () => {
    assert.equal(await put(mine), 200)
    assert.equal((await saved()).text, mine)
    const { page, faults } = await opened()
    await page.getByText(/^It fires [1-9]\d* times?; as it runs now, [1-9]\d* times?\.$/).waitFor()
    await write(page, 'gte: 25', '99')
    await page.getByText(/^It fires 0 times; as it runs now, [1-9]\d* times?\.$/).waitFor()
    await page.getByText('Replayed: it would have fired 0 times.').waitFor()
    await page.getByText('200 audit events', { exact: true }).waitFor()
    assert.equal(await page.getByRole('textbox', { name: 'Save as' }).inputValue(), 'mine')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText('Saved as mine').waitFor()
    const now = await saved()
    assert.equal(now.text, mine.replace('gte: 25', 'gte: 99'))
    assert.equal(now.by, 'alice')
    assert.deepEqual(faults, [])
    await page.close()
  })

  test('where somebody saved another text meanwhile both are told, and nothing is lost', async () => {
    assert.equal(await put(mine), 200)
    const { page } = await opened()
    const theirs = `${mine}\n# bob was here\n`
    assert.equal(await put(theirs), 200)
    await write(page, 'gte: 25', '77')
    const save = page.getByRole('button', { name: 'Save', exact: true })
    await page.getByText('2 rules read, without a fault').waitFor()
    await page.waitForFunction("!document.querySelector('form button[type=submit]').disabled")
    await save.click()
    await page.getByRole('alert').filter({ hasText: '"mine" was changed meanwhile by bob' }).waitFor()
    await page.getByText(/Read it again, and make the change in what stands there now\.$/).waitFor()
    assert.equal((await saved()).text, theirs)
    await page.getByRole('button', { name: 'Save mine in its place' }).click()
    await page.getByText('Saved as mine').waitFor()
    assert.equal((await saved()).text, mine.replace('gte: 25', 'gte: 77'))
    await page.close()
  })

  test('a version that does not stand there, and a name that is taken, are refused', async () => {
    assert.equal(await put(mine), 200)
    const { version } = await saved()
    assert.equal(await put(mine, { version: 'another' }), 409)
    assert.equal(await put(mine, { version: '' }), 409)
    assert.equal(await put(mine, { version }), 200)
  })
})
