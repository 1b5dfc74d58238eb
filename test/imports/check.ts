// npm run check:imports: imports go one way (see ARCHITECTURE.md); prints each that does not, with where the code belongs.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { checkImports } from './cruise.ts'

const root = join(import.meta.dirname, '..', '..')
const { modules, violations } = await checkImports(root, 'src')
const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((file) =>
  /\.tsx?$/.test(file),
)

for (const { rule, from, to, instead } of violations) console.log(`${from} → ${to}\n  ${rule}: ${instead}`)
// A compiler that the tool does not understand makes it see no file at all, and pass.
const blind = modules < files.length
if (blind) console.log(`saw only ${modules} of ${files.length} source files: the check itself is broken`)
const wrong = violations.length + (blind ? 1 : 0)
console.log(`imports: ${modules} modules, ${wrong} wrong`)
process.exitCode = wrong === 0 ? 0 : 1
