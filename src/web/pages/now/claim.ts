/** The sentence of the page Now: is anything wrong, and how sure are we. Pure. */
import type { SourceRow } from '../../../api/contract/answers.ts'
import type { ClusterCounts, NamespacePosture } from '../../../model/posture.ts'
import { podSecurityLevels } from '../../../model/posture.ts'
import { messages } from '../../messages.ts'

/** One part of the sentence, with the page that shows what it counts. */
export interface ClaimPart {
  readonly id: 'cases' | 'findings' | 'refused' | 'gaps' | 'sources' | 'stricter'
  readonly text: string
  /** `bad` needs a person; `unsure` says that we cannot know. */
  readonly tone: 'bad' | 'unsure' | 'plain'
}

/** What the sentence is made of. `refused` and `gaps` are undefined while the record has not answered. */
export interface ClaimFacts {
  readonly counts: ClusterCounts
  /** Cases that nobody has closed; undefined where that is not told. */
  readonly openCases: number | undefined
  readonly namespaces: readonly NamespacePosture[]
  readonly sources: readonly SourceRow[]
  readonly unheard: readonly SourceRow[]
  readonly refused: number | undefined
  readonly gaps: number | undefined
  /** `in the last 24 hours` */
  readonly span: string
  /** True for a past moment: how sources do now says nothing of it. */
  readonly past: boolean
}

/** The parts in the order in which a person needs them. Silence is never said as if it were proof. */
export const claimOf = (facts: ClaimFacts): readonly ClaimPart[] => {
  if (facts.sources.length === 0 && !facts.past) return [heard(facts)]
  const severe = facts.counts.findings.critical + facts.counts.findings.high
  const cases = casesPart(facts)
  const parts: ClaimPart[] = [
    ...(cases === undefined ? [] : [cases]),
    severe > 0
      ? { id: 'findings', text: messages.now.claim.severe(severe), tone: 'bad' }
      : { id: 'findings', text: messages.now.claim.calm, tone: 'plain' },
  ]
  if (facts.refused !== undefined) {
    parts.push({ id: 'refused', text: messages.now.claim.refused(facts.refused, facts.span), tone: 'plain' })
  }
  if (facts.gaps) parts.push({ id: 'gaps', text: messages.now.claim.gaps(facts.gaps), tone: 'unsure' })
  if (!facts.past) parts.push(heard(facts))
  const stricter = facts.namespaces.filter(couldBeStricter).length
  if (stricter > 0)
    parts.push({ id: 'stricter', text: messages.now.claim.stricter(stricter, facts.past), tone: 'plain' })
  return parts
}

/** No open case is said only where somebody looks: a source has to be heard. */
const casesPart = ({ openCases, unheard, past }: ClaimFacts): ClaimPart | undefined => {
  if (openCases === undefined || past) return undefined
  if (openCases > 0) return { id: 'cases', text: messages.now.claim.cases(openCases), tone: 'bad' }
  return unheard.length > 0 ? undefined : { id: 'cases', text: messages.now.claim.noCases, tone: 'plain' }
}

/** True when the namespace could enforce a stricter level than it does with nothing breaking, and may be told to. */
export const couldBeStricter = (namespace: NamespacePosture): boolean =>
  namespace.exempt === '' &&
  podSecurityLevels.indexOf(namespace.possible) > podSecurityLevels.indexOf(namespace.enforce)

const heard = ({ sources, unheard }: ClaimFacts): ClaimPart => {
  if (sources.length === 0) return { id: 'sources', text: messages.now.claim.none, tone: 'unsure' }
  if (unheard.length === 0) return { id: 'sources', text: messages.now.claim.heard, tone: 'plain' }
  const names = unheard.map(({ id }) => id).join(', ')
  return { id: 'sources', text: messages.now.claim.unheard(names, unheard.length), tone: 'unsure' }
}
