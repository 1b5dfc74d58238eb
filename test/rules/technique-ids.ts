/**
 * The techniques that tags of rules may name. MITRE ATT&CK® (https://attack.mitre.org, © The MITRE Corporation) for
 * enterprise, by number; the Threat matrix for Kubernetes by Microsoft (CC BY 4.0,
 * https://github.com/microsoft/Threat-Matrix-for-Kubernetes), all of it.
 */
const attack = [
  'T1005',
  'T1033',
  'T1036.005',
  'T1040',
  'T1041',
  'T1053.007',
  'T1059.004',
  'T1068',
  'T1069',
  'T1070',
  'T1071',
  'T1078',
  'T1078.001',
  'T1078.004',
  'T1090.001',
  'T1098',
  'T1098.006',
  'T1105',
  'T1110',
  'T1133',
  'T1134',
  'T1136',
  'T1190',
  'T1204.003',
  'T1485',
  'T1489',
  'T1490',
  'T1496.001',
  'T1499',
  'T1525',
  'T1528',
  'T1543.005',
  'T1546',
  'T1550.001',
  'T1552.001',
  'T1552.005',
  'T1552.007',
  'T1557',
  'T1562.001',
  'T1562.007',
  'T1562.008',
  'T1567',
  'T1572',
  'T1595.002',
  'T1609',
  'T1610',
  'T1611',
  'T1613',
  'T1649',
]

const threatMatrix = Array.from({ length: 41 }, (_, index) => `MS-TA${9001 + index}`).filter(
  // Numbers that the matrix does not use.
  (id) => !['MS-TA9032'].includes(id),
)

export const knownTechniques: ReadonlySet<string> = new Set([...attack, ...threatMatrix])

/** Tactics of ATT&CK, as Sigma writes them. */
export const tactics: readonly string[] = [
  'reconnaissance',
  'resource-development',
  'initial-access',
  'execution',
  'persistence',
  'privilege-escalation',
  'defense-evasion',
  'credential-access',
  'discovery',
  'lateral-movement',
  'collection',
  'command-and-control',
  'exfiltration',
  'impact',
]
