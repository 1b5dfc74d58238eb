import { techniquesOf } from '../../model/rule.ts'

/** Tactics of MITRE ATT&CK, in the order in which an attack mostly goes. */
export const tactics = [
  'initial-access',
  'execution',
  'persistence',
  'privilege-escalation',
  'defense-evasion',
  'credential-access',
  'discovery',
  'lateral-movement',
  'collection',
  'exfiltration',
  'impact',
] as const
export type Tactic = (typeof tactics)[number]

/** The first tactic of each technique of ATT&CK's matrix for containers (v17), and of some others that rules name. */
const ofTechnique: Readonly<Record<string, Tactic>> = {
  T1036: 'defense-evasion',
  T1046: 'discovery',
  T1048: 'exfiltration',
  T1053: 'execution',
  T1059: 'execution',
  T1068: 'privilege-escalation',
  T1069: 'discovery',
  T1070: 'defense-evasion',
  T1078: 'initial-access',
  T1087: 'discovery',
  T1098: 'persistence',
  T1110: 'credential-access',
  T1133: 'initial-access',
  T1136: 'persistence',
  T1190: 'initial-access',
  T1204: 'execution',
  T1485: 'impact',
  T1489: 'impact',
  T1490: 'impact',
  T1496: 'impact',
  T1498: 'impact',
  T1499: 'impact',
  T1525: 'persistence',
  T1528: 'credential-access',
  T1543: 'persistence',
  T1550: 'lateral-movement',
  T1552: 'credential-access',
  T1562: 'defense-evasion',
  T1580: 'discovery',
  T1609: 'execution',
  T1610: 'execution',
  T1611: 'privilege-escalation',
  T1612: 'defense-evasion',
  T1613: 'discovery',
}

/**
 * Tactics that the tags of a rule name: Sigma's `attack.credential-access` (also with `_`), Falco's
 * `mitre_credential_access`; where none is named, those of its techniques.
 */
export const tacticsOf = (tags: readonly string[]): readonly Tactic[] => {
  const named = tags.flatMap((tag) => tacticNamed(/^(?:attack\.|mitre_)(.+)$/i.exec(tag)?.[1] ?? '') ?? [])
  const told =
    named.length > 0 ? named : techniquesOf(tags).flatMap((one) => ofTechnique[one.split('.')[0] ?? ''] ?? [])
  return [...new Set(told)]
}

const tacticNamed = (text: string): Tactic | undefined => {
  const name = text.toLowerCase().replaceAll('_', '-')
  return tactics.find((tactic) => tactic === name)
}
