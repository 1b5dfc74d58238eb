/** How pages look where it is hardest: on a telephone, with a hundred times as much of everything, with names that mislead. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { axe, becomes, inBrowser, places, skip } from './browser.ts'

const telephone = { viewport: { width: 390, height: 844 } }
const listed = 'd0865f66-596c-474f-a088-e7bfb2241403'

describe('how the pages look', { skip, timeout: 3_600_000 }, () => {
  const { open } = inBrowser()

  test('no page is wider than a telephone', async () => {
    for (const { path, shows } of places) {
      await using opened = await open({ path, context: telephone })
      const { page, faults } = opened
      await page.getByText(shows).first().waitFor({ state: 'attached' })
      await opened.loaded()
      assert.ok(Number(await page.evaluate('document.documentElement.scrollWidth')) <= 390, path)
      assert.deepEqual(await outside(page), [], path)
      assert.deepEqual(faults, [], path)
    }
  })

  test('on a telephone the name of a row has room, and a detail has the whole screen', async () => {
    for (const path of ['/cases', '/rules', '/suppressions', '/coverage', '/workloads']) {
      await using opened = await open({ path, context: telephone })
      const row = opened.page.locator(path === '/cases' ? '#content tbody a' : '#content [data-row]').first()
      const box = await row.boundingBox()
      assert.ok(box !== null && box.width > 100, `${path}: ${box?.width}`)
    }
    await using opened = await open({ path: `/rules?rule=${listed}`, context: telephone })
    const panel = opened.page.getByRole('complementary', { name: 'Detail of the rule' })
    assert.deepEqual(await panel.boundingBox(), { x: 0, y: 0, width: 390, height: 844 })
    assert.deepEqual(await axe(opened.page), [])
    await panel.getByRole('button', { name: 'Close' }).click()
    await panel.waitFor({ state: 'detached' })
  })

  test('a name does not turn its sentence round, and shows what is hidden in it', async () => {
    for (const path of ['/', '/cases', '/cases/c0005', '/events', '/rules', '/suppressions', '/coverage', '/outputs']) {
      await using opened = await open({ path, scenario: { hostile: true } })
      const { page } = opened
      await opened.loaded()
      assert.deepEqual(await page.evaluate(hiddenTexts), [], path)
    }
    await using opened = await open({ path: '/cases/c0005', scenario: { hostile: true } })
    await opened.page.getByText('[U+202E]gnp.exe, from 198.51.100.5, listed every Secret').first().waitFor()
  })

  test('of many thousand rules and suppressions only those in sight are drawn, and the keys go on through all', async () => {
    for (const path of ['/rules', '/coverage', '/suppressions']) {
      await using opened = await open({ path, scenario: { times: 60 } })
      const { page } = opened
      const table = page.getByRole('table').first()
      await table.locator('button[data-row]').first().waitFor()
      assert.ok(Number(await table.getAttribute('aria-rowcount')) > (path === '/suppressions' ? 400 : 10_000), path)
      const drawn = await table.getByRole('row').count()
      assert.ok(drawn > 25 && drawn < 150, `${path}: ${drawn} rows`)
      for (let times = 0; times < 60; times += 1) {
        await page.keyboard.press('j')
        // The rows that come into sight are drawn with the next frame.
        await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))')
      }
      const focused = page.locator('tr:has(:focus)')
      assert.equal(await focused.getAttribute('aria-rowindex'), '61', path)
      assert.ok(await inSight(page), path)
    }
  })

  test('the row that an address names is brought into sight', async () => {
    for (const times of [1, 60]) {
      await using opened = await open({ path: '/rules?rule=5b3e2f0a-9c1e-4f7e-a6b1-6d8f2a0c9b11', scenario: { times } })
      const row = opened.page.locator('tr:has([aria-expanded="true"][data-row])')
      await row.waitFor()
      const isInSight = async (): Promise<boolean> => {
        const box = await row.boundingBox()
        return box !== null && box.y > 0 && box.y < 880
      }
      await becomes(isInSight, true, `${times}`)
    }
  })

  test('a case of hundreds of steps draws the first, and all when asked', async () => {
    await using opened = await open({ path: '/cases/c0001', scenario: { times: 60 } })
    const { page } = opened
    await page.getByRole('button', { name: 'Show all 720 steps' }).waitFor()
    await becomes(() => page.locator('#content tbody tr').count(), 200)
    await page.getByRole('button', { name: 'Show all 720 steps' }).click()
    await becomes(() => page.locator('#content tbody tr').count(), 720)
  })

  test('techniques are named on a case and lead to what covers them', async () => {
    await using opened = await open({ path: '/cases/c0001' })
    await opened.page.getByRole('link', { name: 'MS-TA9025 List Kubernetes secrets' }).click()
    await opened.page.getByRole('heading', { level: 1, name: 'Coverage' }).waitFor()
  })

  test('why a rule cannot fire stands beside its signs, and sources that are not there are told', async () => {
    await using opened = await open({ path: '/coverage?state=cannot' })
    const { page } = opened
    await page.getByRole('columnheader', { name: 'Runtime sensor not connected' }).waitFor()
    await page.getByRole('cell', { name: 'the audit policy leaves the body of "create pods" out' }).first().waitFor()
  })

  test('how many cases wait stands on every page', async () => {
    await using opened = await open({ path: '/outputs' })
    await opened.page.getByRole('link', { name: 'Cases 24 open' }).waitFor()
    assert.deepEqual(await axe(opened.page), [])
  })

  test('where nothing is connected, no page says that nothing happened', async () => {
    for (const path of ['/', '/cases', '/workloads']) {
      await using opened = await open({ path, scenario: { kind: 'empty' } })
      await opened.page.getByRole('link', { name: 'Connect a source' }).waitFor()
      await opened.loaded()
      assert.equal(await opened.page.getByText('Nothing happened').count(), 0, path)
      assert.deepEqual(await axe(opened.page), [])
    }
  })

  test('what is not in the record is told once, and is not asked for any more', async () => {
    for (const [path, said] of [
      ['/cases/c0001', 'There is no such case.'],
      ['/object/apps/Deployment/shop/checkout', 'The record has never seen this object.'],
    ] as const) {
      await using opened = await open({ path, scenario: { kind: 'empty' } })
      await opened.page.getByText(said).waitFor()
      await opened.page.locator('footer').getByText('nothing to show').waitFor()
      assert.equal(await opened.page.getByText(said).count(), 1, path)
      assert.deepEqual(await axe(opened.page), [])
    }
  })
})

/** Elements that reach over the right border and are in nothing that scrolls or cuts. */
const outside = (page: Page): Promise<unknown> =>
  page.evaluate(`[...document.querySelectorAll('#root *')]
    .filter((element) => {
      if (element.getBoundingClientRect().right <= innerWidth + 1) return false
      for (let over = element.parentElement; over && over.id !== 'root'; over = over.parentElement)
        if (getComputedStyle(over).overflowX !== 'visible') return false
      return true
    })
    .map((element) => element.tagName + ' ' + element.getAttribute('class'))`)

const inSight = (page: Page): Promise<unknown> =>
  page.evaluate(
    '(({ top, bottom }) => top > 0 && bottom < innerHeight)(document.activeElement.getBoundingClientRect())',
  )

/** Texts and titles on the page in which a character hides. */
const hiddenTexts = `(() => {
  const hidden = /[\\u200b\\u202e\\u2066\\u2069]/
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  const found = []
  while (walker.nextNode()) if (hidden.test(walker.currentNode.data)) found.push(walker.currentNode.data)
  for (const element of document.querySelectorAll('[title], [aria-label]'))
    for (const name of ['title', 'aria-label'])
      if (hidden.test(element.getAttribute(name) ?? '')) found.push(element.getAttribute(name))
  return found
})()`
