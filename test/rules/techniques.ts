/**
 * docs/techniques.md: what others publish, held against our rules. `node test/rules/techniques.ts` tells whether the page
 * is up to date, `--write` writes it.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { falcoEvents } from './coverage/falco.ts'
import type { Row } from './coverage/row.ts'
import { splunk } from './coverage/splunk.ts'
import { stratus } from './coverage/stratus.ts'
import { threatMatrix } from './coverage/threat-matrix.ts'
import { ruleFiles } from './files.ts'
import { judgeOf } from './judge.ts'

interface Source {
  readonly title: string
  readonly credit: string
  readonly rows: readonly Row[]
}

export const sources: readonly Source[] = [
  {
    title: 'Threat matrix for Kubernetes',
    credit:
      'Numbers and names of the techniques are of the [Threat matrix for Kubernetes](https://microsoft.github.io/Threat-Matrix-for-Kubernetes/) by Microsoft, under [CC BY 4.0](https://creativecommons.org/licenses/by/4.0/). The rules and notes are ours.',
    rows: threatMatrix,
  },
  {
    title: 'Stratus Red Team',
    credit: 'Scenarios of [Stratus Red Team](https://stratus-red-team.cloud) by DataDog, Apache-2.0.',
    rows: stratus,
  },
  {
    title: 'Falco’s event generator',
    credit:
      'Actions of [event-generator](https://github.com/falcosecurity/event-generator), Apache-2.0. Falco’s stock rules (rules/falco) have a rule for each; here are ours.',
    rows: falcoEvents,
  },
  {
    title: 'Splunk’s security content',
    credit: 'Kubernetes detections of [security_content](https://github.com/splunk/security_content), Apache-2.0.',
    rows: splunk,
  },
]

export const techniquesFile = fileURLToPath(new URL('../../docs/techniques.md', import.meta.url))

/** The page. */
export const techniquesPage = (): string => {
  const { documents } = judgeOf(ruleFiles('bulwark'), 'bulwark')
  const files = new Map(documents.map(({ name, at }) => [name ?? '', at.file]))
  const link = (name: string): string => `[${name}](../rules/${files.get(name)})`
  const covered = (rows: readonly Row[]): number => rows.filter((one) => one.rules.length > 0).length
  const line = ({ id, title, rules: names, note }: Row): string =>
    `| ${id} | ${title} | ${names.map(link).join(', ') || '–'} | ${note} |`
  return [
    '# What others look for, and our rules',
    '',
    'Written by `node test/rules/techniques.ts --write` from the tables in test/rules/coverage. A rule in the table tells of the',
    'technique where the audit log has it; the last column says what it does not have, or where Bulwark tells of it instead.',
    '',
    '| | techniques | with a rule of ours |',
    '|---|---|---|',
    ...sources.map(({ title, rows }) => `| ${title} | ${rows.length} | ${covered(rows)} |`),
    ...sources.flatMap(({ title, credit, rows }) => [
      '',
      `## ${title}`,
      '',
      credit,
      '',
      '| id | technique | our rules | not seen, or seen elsewhere |',
      '|---|---|---|---|',
      ...rows.map(line),
    ]),
    '',
  ].join('\n')
}

if (import.meta.main) {
  const page = techniquesPage()
  if (process.argv.includes('--write')) writeFileSync(techniquesFile, page)
  else if (readFileSync(techniquesFile, 'utf8') !== page) {
    console.error('docs/techniques.md is stale: node test/rules/techniques.ts --write')
    process.exitCode = 1
  }
}
