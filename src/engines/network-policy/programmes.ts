import { answerAt, type Class, type Classes, type Traits } from './classes.ts'
import type { Compiled } from './compile.ts'
import { type Passage, type Programme, programmeOf, run } from './evaluate.ts'
import type { PassageId } from './passages.ts'
import { noTraffic } from './traffic.ts'
import type { Gate, Rule } from './types.ts'

/** The policies of a gate that select a class, and what they let pass to or from each class. */
export interface CompiledProgramme {
  readonly gate: Gate
  readonly programme: Programme
  readonly subject: Traits
  /** In order: the number of the peer's condition, and of the ports among those with names. */
  readonly rules: readonly { readonly peer: number; readonly named: number | undefined }[]
  /** The change of policies that it was made after, counted from 0. */
  readonly born: number
  /** By the number of the class; 0 is not computed yet. */
  row: Uint32Array
  /** How many are computed. */
  filled: number
}

/** The programmes of all classes. Classes that the same policies select share one, with what it has answered. */
export interface Programmes {
  readonly of: (subject: Class) => readonly CompiledProgramme[]
  /** What a programme lets pass to or from a class. */
  readonly passage: (programme: CompiledProgramme, peer: Class) => PassageId
  /** After a change of policies: those of all classes for which `touched` holds are looked for anew. */
  readonly renew: (touched: (one: Class) => boolean) => void
}

export const createProgrammes = (
  compiled: Compiled,
  classes: Classes,
  idOf: (passage: Passage) => PassageId,
): Programmes => {
  /** By gate and by what selects. */
  let known = new Map<string, CompiledProgramme>()
  let byClass: (readonly CompiledProgramme[])[] = []
  let change = 0

  const programmesFor = (one: Class): readonly CompiledProgramme[] =>
    compiled.gates().map((gate) => programmeFor(gate, one))

  const programmeFor = (gate: Gate, subject: Traits): CompiledProgramme => {
    const programme = programmeOf(gate, (policy) => answerAt(subject, compiled.subjectOf(policy)))
    const policies = programme.flatMap((tier) => tier.policies)
    const numbers = policies.map(({ policy, certain }) => `${compiled.policyId(policy)}${certain ? '' : '?'}`)
    const isIngress = gate.direction === 'ingress'
    const rules = policies
      .flatMap(({ policy }) => policy.rules)
      .map((rule) => ({ peer: compiled.peerOf(rule), named: compiled.namedPortsOf(rule) }))
    // At ingress the subject is the destination: its own ports are part of what the programme says.
    const own = isIngress ? rules.map(({ named }) => (named === undefined ? '' : subject.portKeys[named])) : []
    const key = `${gate.name} ${numbers.join()} ${own.join('/')}`
    const found = known.get(key)
    if (found !== undefined) return found
    const made = { gate, programme, subject, rules, born: change, row: new Uint32Array(0), filled: 0 }
    known.set(key, made)
    return made
  }

  const of = (subject: Class): readonly CompiledProgramme[] => {
    const found = byClass[subject.id] ?? programmesFor(subject)
    byClass[subject.id] = found
    return found
  }

  const passage = (programme: CompiledProgramme, peer: Class): PassageId => {
    const known = programme.row[peer.id] ?? 0
    if (known !== 0) return known
    const { parent } = peer
    // Nothing that the programme asks about parts the two.
    if (parent !== undefined && peer.born > programme.born) return put(programme, peer, passage(programme, parent))
    if (classes.all.length - programme.filled <= few)
      return put(programme, peer, passageOf(programme, programme.programme, peer))
    fill(programme)
    return programme.row[peer.id] ?? 0
  }

  const put = (programme: CompiledProgramme, peer: Class, id: PassageId): PassageId => {
    if (programme.row.length <= peer.id) {
      const row = new Uint32Array(classes.all.length + 16)
      row.set(programme.row)
      programme.row = row
    }
    programme.row[peer.id] = id
    programme.filled += 1
    return id
  }

  const passageOf = (
    { gate, subject }: CompiledProgramme,
    programme: Programme,
    peer: Traits | undefined,
  ): PassageId => {
    const { ports } = gate.direction === 'egress' && peer !== undefined ? peer : subject
    const result = run(
      gate,
      programme,
      (rule) => (peer === undefined ? 'no' : answerAt(peer, compiled.peerOf(rule))),
      (rule) => compiled.fixedPorts(rule) ?? ports[compiled.namedPortsOf(rule) ?? -1] ?? noTraffic,
    )
    return idOf(result)
  }

  /** All classes at once: those that meet the same rules of the programme, with the same ports, are run once. */
  const fill = (target: CompiledProgramme): void => {
    const isEgress = target.gate.direction === 'egress'
    const count = classes.all.length
    // A class that meets no rule is the rule: only the others are looked at one by one.
    const row = new Uint32Array(count + 16).fill(
      passageOf(target, withRules(target.programme, []), undefined),
      0,
      count,
    )
    const hits = new Map<Class, { text: string; readonly places: number[] }>()
    for (const [index, { peer, named }] of target.rules.entries()) {
      for (const one of classes.meeting(peer)) {
        const mark = one.answers[peer] === 1 ? '' : '?'
        const port = isEgress && named !== undefined ? `:${one.portKeys[named]}` : ''
        const hit = hits.get(one) ?? { text: '', places: [] }
        hit.text += `${index}${mark}${port},`
        hit.places.push(index)
        hits.set(one, hit)
      }
    }
    const byHits = new Map<string, PassageId>()
    for (const [one, { text, places }] of hits) {
      const id = byHits.get(text) ?? passageOf(target, withRules(target.programme, places), one)
      byHits.set(text, id)
      row[one.id] = id
    }
    target.row = row
    target.filled = count
  }

  const renew: Programmes['renew'] = (touched) => {
    change += 1
    const before = byClass
    byClass = []
    for (const one of classes.all) {
      if (one.pods.size === 0 && one.addresses.length === 0) continue
      const had = one.born === change && one.parent !== undefined ? before[one.parent.id] : before[one.id]
      byClass[one.id] = had === undefined || touched(one) ? programmesFor(one) : had
    }
    const used = new Set(byClass.flatMap((programmes) => programmes ?? []))
    known = new Map([...known].filter(([, programme]) => used.has(programme)))
  }

  return { of, passage, renew }
}

/** A programme with these of its rules only: their places among all of them, ascending. */
const withRules = (programme: Programme, places: readonly number[]): Programme => {
  let first = 0
  let next = 0
  return programme.map(({ tier, policies }) => ({
    tier,
    policies: policies.map(({ policy, certain }) => {
      const rules: Rule[] = []
      for (let place = places[next]; place !== undefined && place < first + policy.rules.length; place = places[next]) {
        const rule = policy.rules[place - first]
        if (rule !== undefined) rules.push(rule)
        next += 1
      }
      first += policy.rules.length
      return { policy: { ...policy, rules }, certain }
    }),
  }))
}

/** As many classes that are missing are answered one by one. */
const few = 64
