import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { axe, faultsOf, goTo, newContext, skip } from './browser.ts'
import { inRealServer } from './real-server.ts'

const trap = '6d0f7d6e-3a0b-4f0e-9a3c-0d6b2a5c9e11'

/** What a person brings along: a rule that fires once, an exception that hides one event, and somebody to tell. */
const brought: Readonly<Record<string, string>> = {
  'rules.yml': `title: The trap among the secrets was read
id: ${trap}
status: test
level: high
tags: [attack.t1552.007]
logsource: { product: kubernetes, service: audit }
detection:
  read:
    objectRef.name: [s1, s3]
  condition: read
bulwark:
  why: Nobody has a reason to read it.
  respond: Ask who it was.
`,
  'suppressions.yml': `- name: s3-is-read-by-a-probe
  rules: [${trap}]
  query: name:s3
  owner: platform team
  reason: A probe reads it.
  expires: ${new Date(Date.now() + 30 * 86_400_000).toISOString()}
`,
  // Nobody listens at port 1.
  'outputs.yml': `allow: [127.0.0.1]
outputs:
  - { id: nobody-listens, type: syslog, host: 127.0.0.1, port: 1, transport: tcp }
`,
}

describe('the page on a real server', { skip, timeout: 1_800_000 }, () => {
  const real = inRealServer({
    files: brought,
    args: ['--rules', 'rules.yml', '--suppressions', 'suppressions.yml', '--outputs', 'outputs.yml'],
  })

  for (const [path, shows] of [
    ['/', '1 finding is critical or high'],
    ['/events', '200 match'],
    ['/events?q=decision:forbid', '20 match'],
    ['/workloads', '20 workloads'],
    ['/workloads?open=/Pod/shop/web-7', 'What keeps it from baseline'],
    ['/object/-/Pod/shop/web-7', 'No request in the record made this version.'],
    ['/sources', 'was replayed whole'],
    ['/cases', 'alice, from 192.0.2.1, read Secret shop/s1'],
    [`/rules?q=trap&rule=${trap}`, 'Fired in the last 7 days'],
    [`/rules/edit?rule=${trap}`, '1 rule read, without a fault'],
    ['/suppressions', 's3-is-read-by-a-probe'],
    ['/coverage?q=trap', 'fire or could fire'],
    ['/coverage?view=techniques&technique=T1552.007', 'All techniques of the Threat matrix'],
    ['/outputs', 'nobody-listens'],
  ] as const) {
    test(`${path} shows: ${shows}`, async () => {
      for (const colorScheme of ['light', 'dark'] as const) {
        const { context, origin } = real()
        const page = await context.newPage()
        const faults = faultsOf(page, origin)
        await page.emulateMedia({ colorScheme })
        await page.goto(origin + path)
        await page.getByText(shows).first().waitFor()
        assert.equal(await page.locator('h1').count(), 1)
        await page.getByText('This is a recording, not your cluster').waitFor()
        assert.deepEqual(await axe(page), [])
        assert.deepEqual(faults, [])
        await page.close()
      }
    })
  }

  test('a row is opened, its object as of then, and the way back to live', async () => {
    const { context, origin } = real()
    const page = await context.newPage()
    const faults = faultsOf(page, origin)
    await page.goto(`${origin}/events?q=decision:forbid`)
    await page.getByRole('row').nth(2).click()
    await page.getByText('"auditID"').waitFor()
    await page.getByRole('link', { name: 'Cluster as of this moment' }).click()
    await page.getByText('Nothing can be changed from here').waitFor()
    await page.getByRole('button', { name: 'Back to live' }).click()
    await page.getByText('Nothing can be changed from here').waitFor({ state: 'detached' })
    assert.deepEqual(faults, [])
    await page.close()
  })

  test('the keyboard alone leads to each page, and from the list of cases into one and to the rule that fired', async () => {
    const { context, origin } = real()
    const page = await context.newPage()
    const faults = faultsOf(page, origin)
    await page.goto(origin)
    for (const [key, title] of [
      ['e', 'Events'],
      ['w', 'Workloads'],
      ['s', 'Sources'],
      ['u', 'Suppressions'],
      ['v', 'Coverage'],
      ['o', 'Outputs'],
      ['r', 'Rules'],
      ['n', 'Now'],
      ['c', 'Cases'],
    ] as const) {
      await page.locator('h1').waitFor()
      await goTo(page, key, title)
    }
    await page.getByRole('link', { name: /read Secret shop\/s1/ }).waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'Case', exact: true }).waitFor()
    await page.getByText('Ask who it was.').waitFor()
    await page.getByText('Secrets were reached').waitFor()
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      assert.deepEqual(await axe(page), [])
    }
    await goTo(page, 'r', 'Rules')
    await page.keyboard.press('/')
    await page.keyboard.type('trap')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'The trap among the secrets was read' }).waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.getByText('Nobody has a reason to read it.', { exact: true }).waitFor()
    assert.deepEqual(faults, [])
    await page.close()
  })

  test('a rule is replayed over the record, and its case is closed and opened again', async () => {
    const { context, origin } = real()
    const page = await context.newPage()
    const faults = faultsOf(page, origin)
    await page.goto(`${origin}/rules/edit?rule=${trap}&run=1`)
    await page.getByText(/^It fires 2 times; .*2 times\.$/).waitFor()
    await page.goto(`${origin}/cases`)
    await page.getByRole('link', { name: /read Secret shop\/s1/ }).waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('e')
    await page.getByRole('dialog', { name: 'Why is it closed?' }).waitFor()
    await page.keyboard.press('4')
    await page.getByRole('textbox', { name: 'Your name' }).fill('carol')
    await page.keyboard.press('Enter')
    await page.getByText('Closed: test or maintenance.').waitFor()
    await page.getByText('No rule fired on anything that needs a person.').waitFor()
    await page.keyboard.press('z')
    await page.getByRole('link', { name: /read Secret shop\/s1/ }).waitFor()
    assert.deepEqual(faults, [])
    await page.close()
  })

  test('without the link there is only the way to get one', async () => {
    const { browser, origin } = real()
    const stranger = await newContext(browser)
    const page = await stranger.newPage()
    await page.goto(`${origin}/events`)
    await page.getByRole('heading', { name: 'Sign in by the link' }).waitFor()
    assert.equal(await page.getByRole('navigation').count(), 0)
    await stranger.close()
  })
})
