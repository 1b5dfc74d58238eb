// node test/detection/normal-hour.ts [--minutes 60] [--pace 1]: ordinary life on a real cluster, and what our rules say to
// it. Ends with 1 where a case was opened.
import { parseArgs } from 'node:util'
import { findStack } from '../cluster/build.ts'
import { at } from '../cluster/client.ts'
import { estate } from './estate.ts'
import { casesOf } from './figures.ts'
import { liveNormally } from './normal.ts'
import { openSite } from './site.ts'

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '60' }, pace: { type: 'string', default: '1' } },
})
const say = (line: string): void => console.log(`${new Date().toISOString().slice(11, 19)} ${line}`)

say('setting up')
await using site = await openSite(await findStack(), estate())
say(`living for ${values.minutes} minutes, at a pace of ${values.pace}`)
const { minutes, seen, pods, routines, fired, broken } = await liveNormally(
  site,
  Number(values.minutes),
  Number(values.pace),
)
say(`${seen.total} audit events of ${seen.principals} principals in ${minutes.toFixed(1)} minutes; ${pods} pods made`)
const list = (counts: typeof seen.byVerb): string => counts.map(({ value, count }) => `${value} ${count}`).join(', ')
say(`by verb: ${list(seen.byVerb)}`)
say(`by resource: ${list(seen.byResource)}`)
say(`by code: ${list(seen.byCode)}`)
for (const { what, times } of routines) say(`${String(times).padStart(5)} times: ${what}`)
for (const { name, severity, fired: times } of fired) say(`${String(times).padStart(5)} fired: ${name} (${severity})`)
for (const what of broken) say(`WENT WRONG ${what}`)
const cases = await casesOf(site.server)
for (const one of cases) say(`CASE ${String(at(one, 'severity'))}: ${String(at(one, 'title'))}`)
say(`${cases.length} cases`)
process.exitCode = cases.length === 0 ? 0 : 1
