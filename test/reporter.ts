import type { TestEvent } from 'node:test/reporters'
import type { Counts } from './steps.ts'

/** A node:test reporter that writes {@link Counts} as JSON when the run is over. Suites are not counted, their tests are. */
export default async function* reporter(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  let passed = 0
  let failed = 0
  const skipped: string[] = []
  for await (const event of events) {
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue
    const { details, name, skip, file } = event.data
    if (details.type === 'suite' && event.type === 'test:pass' && skip === undefined) continue
    if (skip !== undefined && skip !== false) {
      skipped.push(`${shortPath(file)}: ${name}${typeof skip === 'string' ? ` (${skip})` : ''}`)
    } else if (event.type === 'test:pass') passed += 1
    else failed += 1
  }
  yield JSON.stringify({ passed, failed, skipped } satisfies Counts)
}

const shortPath = (file: string | undefined): string => (file ?? '').split('/').slice(-2).join('/')
