import { isAnonymous, isLocalAddress } from './actor.ts'
import {
  number,
  type Outcome,
  others,
  outcomeOf,
  type Phrase,
  phraseKind,
  phraseOf,
  plain,
  principalName,
} from './phrase.ts'
import { alarmRank, effectiveRank } from './rank.ts'
import { anything, type Step } from './step.ts'

/** How long a title is at most, in UTF-16 units. */
export const longestTitle = 200
const mostDone = 4
const mostRefused = 2

/** Steps that one phrase tells. */
interface Told {
  readonly steps: readonly [Step, ...Step[]]
  readonly outcome: Outcome
  readonly rank: number
  readonly count: number
  readonly first: number
  readonly last: number
}

/**
 * One sentence of what happened, of the gravest and the latest steps: who, from where, did what, and what was refused.
 * `ci/deployer, from 198.51.100.23, ran commands in 3 pods and was made cluster-admin; 155 Secret reads were refused before`.
 */
export const titleOf = (steps: readonly Step[]): string => {
  const groups = groupsOf(steps)
  const done = groups
    .filter(({ outcome }) => outcome === 'done')
    .sort((a, b) => b.rank - a.rank || b.last - a.last || a.first - b.first)
    .slice(0, mostDone)
  // Of what was refused the number tells most.
  const refused = groups
    .filter(({ outcome }) => outcome !== 'done')
    .sort((a, b) => b.count - a.count || b.rank - a.rank || a.first - b.first)
    .slice(0, done.length === 0 ? mostRefused : 1)
  // The least is left out until it is short enough.
  for (;;) {
    const title = sentence(done, refused, steps)
    if (title.length <= longestTitle || done.length + refused.length < 2) return plain(title, longestTitle)
    if (done.length > 2 || refused.length === 0) done.pop()
    else refused.pop()
  }
}

const groupsOf = (steps: readonly Step[]): readonly Told[] =>
  [...Map.groupBy(steps, phraseKind).values()].flatMap(([first, ...rest]) => {
    if (first === undefined) return []
    const all: readonly [Step, ...Step[]] = [first, ...rest]
    return {
      steps: all,
      outcome: outcomeOf(first),
      rank: Math.max(...all.map(effectiveRank)),
      count: all.reduce((sum, { count }) => sum + count, 0),
      first: Math.min(...all.map((step) => step.first)),
      last: Math.max(...all.map((step) => step.last)),
    }
  })

const sentence = (done: readonly Told[], refused: readonly Told[], steps: readonly Step[]): string => {
  const shown = [...done, ...refused]
  const actors = actorsOf(shown, steps)
  const who = `${subject(actors, shown)}${from(shown)}`
  const inTime = (a: Told, b: Told): number => a.first - b.first
  const did = done.toSorted(inTime).map((one) => phraseOf(one.steps, actors).text)
  const not = refused.toSorted(inTime).map((one) => phraseOf(one.steps, actors))
  if (did.length === 0)
    return not.length === 0 ? who : `${who} ${deniedAs(refused)} ${and(not.map(({ text }) => text))}`
  const tail =
    not.length === 0 ? '' : `; ${and(not.map(({ text }) => text))} ${wentWrong(not, refused)}${when(done, refused)}`
  return `${who} ${and(did)}${tail}`
}

/** What became of it, of the one who asked. */
const deniedAs = (told: readonly Told[]): string => {
  const outcomes = new Set(told.map(({ outcome }) => outcome))
  return outcomes.size > 1 ? 'was refused or failed with' : outcomes.has('failed') ? 'failed with' : 'was refused'
}

/** What became of it, of what was asked. */
const wentWrong = (phrases: readonly Phrase[], told: readonly Told[]): string =>
  told.every(({ outcome }) => outcome === 'failed') ? 'failed' : `${wasOrWere(phrases)} refused`

const wasOrWere = (phrases: readonly Phrase[]): string =>
  phrases.length > 1 || phrases.some(({ plural }) => plural) ? 'were' : 'was'

/** “before” where the refusals began first. */
const when = (done: readonly Told[], refused: readonly Told[]): string =>
  Math.min(...refused.map(({ first }) => first)) < Math.max(...done.map(({ last }) => last)) ? ' before' : ' then'

/**
 * Whom the sentence is about: first the one who did most, weighed by how grave it was. One who only gave rights to that
 * one is told by what was given.
 */
const actorsOf = (shown: readonly Told[], steps: readonly Step[]): readonly string[] => {
  const weights = new Map<string, number>()
  for (const { principal, count, ...step } of steps) {
    // However often something mild is repeated, it does not make somebody the one whom it is about.
    const weight = Math.min(count, 1000) * 10 ** effectiveRank(step)
    weights.set(principal, (weights.get(principal) ?? 0) + weight)
  }
  const ordered = [...weights]
    .sort(([a, x], [b, y]) => Number(isAnonymous(a)) - Number(isAnonymous(b)) || y - x || (a < b ? -1 : 1))
    .map(([principal]) => principal)
  const granted = ordered.find((one) =>
    steps.some(({ grants, principal }) => grants.includes(one) && principal !== one),
  )
  const main = granted ?? ordered[0]
  // Who only did little beside the others is not named.
  const least = Math.min(alarmRank, Math.max(...steps.map(effectiveRank)))
  const active = new Set(
    shown.flatMap(({ steps: told }) =>
      told
        .filter((step) => effectiveRank(step) >= least && !step.grants.includes(main ?? ''))
        .map(({ principal }) => principal),
    ),
  )
  return main === undefined ? [] : [main, ...ordered.filter((one) => one !== main && active.has(one))]
}

const subject = (actors: readonly string[], shown: readonly Told[]): string => {
  const [main = '', second] = actors
  const name = main === anything ? 'many' : main === '' ? nobody(shown) : principalName(main)
  if (second === undefined || main === anything) return name
  return actors.length === 2 && second !== '' ? `${name} and ${principalName(second)}` : others(name, actors.length)
}

/** Sensors name no user; a request without one has credentials that are worth nothing. */
const nobody = (shown: readonly Told[]): string => {
  const [first] = shown.flatMap(({ steps }) => steps)
  if (first?.lane !== 'runtime') return 'somebody without valid credentials'
  const { image, container } = first.place
  return image === '' && container === '' ? 'a program' : `a program in ${plain(image === '' ? container : image, 80)}`
}

const from = (shown: readonly Told[]): string => {
  const addresses = [...new Set(shown.flatMap(({ steps }) => steps.map(({ sourceIp }) => sourceIp)))].filter(
    (address) => !isLocalAddress(address),
  )
  const [first, second] = addresses
  if (first === undefined) return ''
  if (addresses.includes(anything)) return ', from many addresses,'
  if (second === undefined) return `, from ${plain(first, 45)},`
  return addresses.length === 2
    ? `, from ${plain(first, 45)} and ${plain(second, 45)},`
    : `, from ${number(addresses.length)} addresses,`
}

const and = (parts: readonly string[]): string =>
  parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1) ?? ''}`
