// node scripts/docs.ts: writes the pages of docs/ that are made from the code. A test fails when they are stale.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorCodes } from '../src/model/error.ts'
import { queryFields } from '../src/model/query/index.ts'

const errors = (): string => `# Errors

Every error that Bulwark raises on purpose has one of these codes, and says what is wrong, where, and how to mend it. The
API answers with the same code. Exit codes of the command line: 0 done, 1 done and something was found, 2 asked wrongly,
3 something could not be read or reached.

| code | what it means |
|---|---|
${Object.entries(errorCodes)
  .map(([code, meaning]) => `| \`${code}\` | ${meaning} |`)
  .join('\n')}
`

const query = (): string => `# The query language

One language for the page, the API (\`q\`) and \`bulwark query\`. A query is terms that must all hold; \`OR\`, \`NOT\` (or a
leading \`-\`), parentheses, \`*\` and \`"quotes"\` work. \`field:a,b\` is any of them, \`code>=400\` compares numbers, and a
word without a field is looked for in texts.

| field | also | what it is | example |
|---|---|---|---|
${queryFields
  .map(
    ({ field, aliases, description, example }) =>
      `| \`${field}\` | ${aliases.join(', ')} | ${description} | \`${example}\` |`,
  )
  .join('\n')}
`

/** Path below docs/ → text. */
export const generatedDocs: Readonly<Record<string, string>> = { 'errors.md': errors(), 'query.md': query() }

if (import.meta.main) {
  for (const [name, text] of Object.entries(generatedDocs)) {
    writeFileSync(join(import.meta.dirname, '..', 'docs', name), text)
  }
}
