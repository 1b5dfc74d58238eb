import { Link } from '@tanstack/react-router'
import { wordFilter } from '../../filters/words.ts'
import { messages } from '../../messages.ts'
import { CoverageShape } from '../../parts/CoverageMark.tsx'
import { Empty } from '../../parts/Empty.tsx'
import { SeverityShape } from '../../parts/Severity.tsx'
import { type CoverageKind, type CoverageRow, isSeen, type TechniqueRow, techniqueRows } from './coverage-rows.ts'
import { techniqueUrl } from './technique-names.ts'

interface Props {
  readonly rows: readonly CoverageRow[]
  readonly technique: string | undefined
  readonly text: string | undefined
  readonly state: CoverageKind | undefined
}

/** Techniques of both catalogues, each with the rules that look for it. */
export const TechniqueTable = ({ rows, technique, text, state }: Props) => {
  const all = techniqueRows(rows)
  const hasWords = wordFilter(text)
  const shown = all.filter(
    (each) =>
      (technique === undefined || each.technique === technique) &&
      (state === undefined || each.best === state) &&
      hasWords([each.technique, each.name, ...each.rules.map(({ row }) => row.title)]),
  )
  const seen = all.filter(({ best }) => best !== undefined && isSeen(best)).length
  return (
    <>
      <p className="pt-3">{messages.coverage.techniqueClaim(seen, all.length)}</p>
      <p className="text-dim">{messages.coverage.techniquesNote}</p>
      {shown.length === 0 && <Empty kind="noMatch">{messages.coverage.noTechniqueMatch}</Empty>}
      <Catalogue title={messages.coverage.microsoft} rows={shown.filter((each) => each.technique.startsWith('MS-'))} />
      <Catalogue title={messages.coverage.mitre} rows={shown.filter((each) => !each.technique.startsWith('MS-'))} />
    </>
  )
}

const Catalogue = ({ title, rows }: { readonly title: string; readonly rows: readonly TechniqueRow[] }) =>
  rows.length === 0 ? null : (
    <section className="pt-5">
      <h2 className="pb-1 text-14 font-semibold">{title}</h2>
      <table className="grid-lines w-full table-fixed" aria-label={title}>
        <thead>
          <tr>
            <th scope="col" className="w-[38%] max-md:w-[42%]">
              {messages.coverage.technique}
            </th>
            <th scope="col" className="w-36 max-md:w-6">
              <span className="max-md:sr-only">{messages.coverage.best}</span>
            </th>
            <th scope="col">{messages.coverage.rules}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Technique key={row.technique} row={row} />
          ))}
        </tbody>
      </table>
    </section>
  )

/** So many rules of a technique are named; the rest is a link away. */
const shownRules = 8

const Technique = ({ row }: { readonly row: TechniqueRow }) => {
  const url = techniqueUrl(row.technique)
  return (
    <tr>
      <td className="py-1! align-top whitespace-normal">
        {url === undefined ? (
          <span className="font-mono text-12">{row.technique}</span>
        ) : (
          <a href={url} target="_blank" rel="noopener noreferrer" className="link font-mono text-12">
            {row.technique}
          </a>
        )}{' '}
        {row.name}
      </td>
      <td className="py-1! align-top max-md:px-1!">
        {row.best === undefined ? (
          <span className="text-past max-md:whitespace-nowrap">{messages.coverage.noRule}</span>
        ) : (
          <span className="sign">
            <CoverageShape kind={row.best} />
            <span className="max-md:sr-only">{messages.coverage.words[row.best]}</span>
          </span>
        )}
      </td>
      <td className="py-1! align-top">
        <ul>
          {row.rules.slice(0, shownRules).map(({ row: rule, kind }) => (
            <li key={rule.rule} className="flex min-h-6 min-w-0 items-center gap-2">
              <CoverageShape kind={kind} />
              <SeverityShape severity={rule.severity} />
              <Link
                to="/rules"
                search={{ rule: rule.rule }}
                data-row
                className="truncate leading-6 hover:underline"
                title={rule.title}
              >
                {rule.title}
              </Link>
              <span className="sr-only">{messages.coverage.words[kind]}</span>
            </li>
          ))}
        </ul>
        {row.rules.length > shownRules && (
          <Link to="/coverage" search={{ technique: row.technique }} className="link inline-block leading-6">
            {messages.coverage.moreRules(row.rules.length - shownRules)}
          </Link>
        )}
      </td>
    </tr>
  )
}
