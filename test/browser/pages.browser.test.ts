import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { axe, becomes, inBrowser, places, skip } from './browser.ts'
import { hostileTexts } from './fixture-data.ts'

describe('the pages in a browser', { skip, timeout: 3_600_000 }, () => {
  const { open, dist } = inBrowser()

  for (const theme of ['light', 'dark'] as const) {
    for (const { path, shows } of places) {
      test(`${path} in the ${theme} theme has nothing that axe finds, and asks nobody else`, async () => {
        await using opened = await open({ path, context: { colorScheme: theme } })
        await opened.page.getByText(shows).first().waitFor()
        assert.deepEqual(await axe(opened.page), [])
        assert.deepEqual(opened.faults, [])
      })
    }
  }

  for (const [name, scenario, path, shows] of [
    ['an empty cluster', { kind: 'empty' }, '/', 'no source is connected'],
    ['an empty cluster', { kind: 'empty' }, '/events', 'We could not have seen it'],
    ['an empty cluster', { kind: 'empty' }, '/workloads', 'what runs in the cluster is not known'],
    ['an empty cluster', { kind: 'empty' }, '/sources', 'nothing is recorded'],
    ['a silent source', { kind: 'silent' }, '/', 'audit-webhook are not fully heard'],
    ['a silent source', { kind: 'silent' }, '/sources', 'No batch came since 6 min'],
    ['a recording', { mode: 'recording' }, '/', 'This is a recording, not your cluster'],
    ['a recording', { mode: 'recording' }, '/sources', 'This is a recording, not your cluster'],
    ['a past moment', {}, '/?at=2026-11-23T14:03:00Z', 'Nothing can be changed from here'],
  ] as const) {
    test(`${path} says of ${name}: ${shows}`, async () => {
      await using opened = await open({ path, scenario })
      await opened.page.getByText(shows).first().waitFor()
      assert.deepEqual(await axe(opened.page), [])
      assert.deepEqual(opened.faults, [])
    })
  }

  test('overlays have nothing that axe finds either', async () => {
    for (const theme of ['light', 'dark'] as const) {
      await using opened = await open({ path: '/events', context: { colorScheme: theme } })
      const { page } = opened
      await page.keyboard.press('?')
      await page.getByRole('dialog', { name: 'Keys' }).waitFor()
      assert.deepEqual(await axe(page), [])
      await page.keyboard.press('Escape')
      await page.keyboard.press('Control+k')
      await page.getByRole('combobox', { name: 'Search or jump' }).fill('web')
      await page.getByRole('option', { name: /shop\/web/ }).waitFor()
      assert.deepEqual(await axe(page), [])
      await page.keyboard.press('Escape')
      await page.getByRole('button', { name: /^Time:/ }).click()
      await page.getByText('As of a moment').waitFor()
      assert.deepEqual(await axe(page), [])
      assert.deepEqual(opened.faults, [])
    }
  })

  test('hostile texts in names are shown as text', async () => {
    for (const { path } of places) {
      await using opened = await open({ path, scenario: { hostile: true } })
      const { page } = opened
      await opened.loaded()
      assert.equal(await page.evaluate('window.__xss'), undefined, path)
      assert.equal(await page.locator('img, svg[onload], main script').count(), 0, path)
      assert.deepEqual(opened.faults, [], path)
    }
    await using events = await open({ path: '/events', scenario: { hostile: true } })
    await events.page.getByText(hostileTexts[0]).first().waitFor()
    await using row = await open({ path: '/events?row=e0', scenario: { hostile: true } })
    await row.page.getByText('"userAgent"').waitFor()
    await becomes(async () => (await row.page.getByText(hostileTexts[0]).count()) > 2, true)
  })

  test('without a session there is only the way to get one', async () => {
    await using opened = await open({ path: '/events', signedIn: false })
    await opened.page.getByRole('heading', { name: 'Sign in by the link' }).waitFor()
    assert.equal(await opened.page.getByRole('navigation').count(), 0)
    assert.deepEqual(await axe(opened.page), [])
  })

  test('an address that is none says so', async () => {
    await using opened = await open({ path: '/nowhere/at/all' })
    await opened.page.getByRole('heading', { name: 'No such page' }).waitFor()
    assert.deepEqual(opened.faults, [])
  })

  test('the first script is below 250 KB gzipped', async (context) => {
    const html = await readFile(join(dist(), 'index.html'), 'utf8')
    const files = await readdir(join(dist(), 'assets'))
    let bytes = 0
    for (const file of files.filter((name) => name.endsWith('.js') && html.includes(name))) {
      bytes += gzipSync(await readFile(join(dist(), 'assets', file))).length
    }
    context.diagnostic(`initial script: ${bytes} B gzipped`)
    assert.ok(bytes > 0 && bytes < 250_000, String(bytes))
  })

  test('the first useful content is there', async (context) => {
    for (const events of [3000, 300_000]) {
      await using opened = await open({ path: '/events', scenario: { events } })
      await opened.page.getByRole('row').nth(5).waitFor()
      const millis = await opened.page.evaluate(
        "performance.getEntriesByName('first-contentful-paint')[0].startTime + ' ms to first paint, ' + performance.now() + ' ms to rows'",
      )
      context.diagnostic(`${events} events: ${String(millis)}`)
    }
  })
})
