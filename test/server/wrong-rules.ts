/** Rules as people get them wrong, each a file of its own: what is wrong, and the line it is told with. */
export interface WrongRule {
  readonly name: string
  readonly text: string
  readonly line: number
}

const sigma = (detection: string, more = ''): string => `title: Wrong
logsource: {product: kubernetes, service: audit}
level: high
${more}detection:
${detection}`

const plain = '  s: {verb: get}\n  condition: s\n'

const correlation = (lines: string): string => `title: Wrong correlation
correlation:
${lines}`

/** A rule of Falco takes the place of an earlier one of its name. */
const falco = (name: string, lines: string): string => `- rule: Wrong ${name}
${lines}`

export const wrongRules: readonly WrongRule[] = [
  // YAML
  { name: 'unclosed-list', text: 'title: [unclosed\n', line: 2 },
  { name: 'tab-indent', text: 'title: Wrong\ndetection:\n\ts: {verb: get}\n', line: 3 },
  { name: 'twice-a-key', text: sigma(plain, 'level: low\n'), line: 4 },
  { name: 'binary', text: '\u0000\u0001\u0002 - [}{', line: 1 },
  { name: 'a-page', text: '<!doctype html>\n<html>{{ sign in }}</html>\n', line: 1 },
  { name: 'json-cut-off', text: '{"title": "Wrong", "detection": {"s": ', line: 1 },
  { name: 'a-word', text: 'rules\n', line: 1 },
  { name: 'a-number', text: '42\n', line: 1 },
  { name: 'a-list-of-words', text: '- a\n- b\n', line: 1 },
  { name: 'aliases', text: aliases(), line: 1 },
  { name: 'deep', text: `title: Wrong\ndetection: ${'['.repeat(20_000)}`, line: 1 },
  // Sigma
  { name: 'no-detection', text: 'title: Wrong\nlogsource: {product: kubernetes, service: audit}\n', line: 1 },
  { name: 'no-condition', text: sigma('  s: {verb: get}\n'), line: 5 },
  { name: 'no-title', text: sigma(plain).replace('title: Wrong\n', ''), line: 1 },
  { name: 'no-logsource', text: sigma(plain).replace(/logsource.*\n/, ''), line: 1 },
  { name: 'level', text: sigma(plain).replace('high', 'dreadful'), line: 3 },
  { name: 'id', text: sigma(plain, 'id: not-a-uuid\n'), line: 4 },
  { name: 'condition-name', text: sigma('  s: {verb: get}\n  condition: s and t\n'), line: 5 },
  { name: 'condition-cut-off', text: sigma('  s: {verb: get}\n  condition: s and\n'), line: 6 },
  { name: 'condition-parens', text: sigma('  s: {verb: get}\n  condition: (s\n'), line: 6 },
  { name: 'condition-pipe', text: sigma('  s: {verb: get}\n  condition: s | count() > 5\n'), line: 6 },
  { name: 'modifier', text: sigma('  s: {verb|startwith: get}\n  condition: s\n'), line: 5 },
  { name: 'regex', text: sigma("  s: {verb|re: '(get'}\n  condition: s\n"), line: 5 },
  { name: 'regex-look-behind', text: sigma("  s: {verb|re: '(?<!x)get'}\n  condition: s\n"), line: 5 },
  { name: 'regex-too-large', text: sigma("  s: {verb|re: '((a{1,100}){1,100}){1,100}'}\n  condition: s\n"), line: 5 },
  { name: 'cidr', text: sigma('  s: {sourceIPs|cidr: 10.0.0.0/99}\n  condition: s\n'), line: 5 },
  { name: 'greater-than-a-word', text: sigma('  s: {responseStatus.code|gte: many}\n  condition: s\n'), line: 5 },
  { name: 'selection-of-nothing', text: sigma('  s:\n  condition: s\n'), line: 5 },
  { name: 'empty-selection', text: sigma('  s: {}\n  condition: s\n'), line: 5 },
  { name: 'detection-is-a-word', text: 'title: Wrong\nlogsource: {product: kubernetes}\ndetection: get\n', line: 3 },
  // Correlations
  {
    name: 'correlation-type',
    text: correlation('  type: event_cont\n  rules: [test-good]\n  timespan: 1m\n  condition: {gte: 3}\n'),
    line: 3,
  },
  {
    name: 'correlation-of-nobody',
    text: correlation('  type: event_count\n  rules: [nobody]\n  timespan: 1m\n  condition: {gte: 3}\n'),
    line: 1,
  },
  {
    name: 'timespan',
    text: correlation('  type: event_count\n  rules: [test-good]\n  timespan: soon\n  condition: {gte: 3}\n'),
    line: 5,
  },
  {
    name: 'correlation-condition',
    text: correlation('  type: event_count\n  rules: [test-good]\n  timespan: 1m\n  condition: {more: 3}\n'),
    line: 6,
  },
  {
    name: 'value-count-of-no-field',
    text: correlation('  type: value_count\n  rules: [test-good]\n  timespan: 1m\n  condition: {gte: 3}\n'),
    line: 6,
  },
  // Baselines
  {
    name: 'baseline-type',
    text: 'title: Wrong baseline\nbaseline:\n  type: newest\n  rules: [test-good]\n  group-by: [verb]\n  learn: 1h\n',
    line: 3,
  },
  // Falco
  {
    name: 'falco-no-condition',
    text: falco('1', '  desc: d\n  output: o\n  priority: NOTICE\n  source: k8s_audit\n'),
    line: 1,
  },
  {
    name: 'falco-condition',
    text: falco('2', '  desc: d\n  condition: ka.verb=\n  output: o\n  priority: NOTICE\n  source: k8s_audit\n'),
    line: 3,
  },
  {
    name: 'falco-field',
    text: falco('3', '  desc: d\n  condition: ka.vreb=get\n  output: o\n  priority: NOTICE\n  source: k8s_audit\n'),
    line: 3,
  },
  {
    name: 'falco-macro',
    text: falco('4', '  desc: d\n  condition: not_there\n  output: o\n  priority: NOTICE\n  source: k8s_audit\n'),
    line: 3,
  },
  {
    name: 'falco-list',
    text: falco(
      '5',
      '  desc: d\n  condition: ka.verb in (not_there_list)\n  output: o\n  priority: WORST\n  source: k8s_audit\n',
    ),
    line: 5,
  },
  {
    name: 'falco-macro-of-itself',
    text: `- macro: round\n  condition: round\n${falco('6', '  desc: d\n  condition: round\n  output: o\n  priority: NOTICE\n  source: k8s_audit\n')}`,
    line: 2,
  },
]

/** Ten thousand million times the same word, if aliases were followed. */
function aliases(): string {
  const lines = ['a0: &a0 [get, get, get, get, get, get, get, get, get, get]']
  for (let level = 1; level < 10; level++)
    lines.push(`a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(', ')}]`)
  return `${lines.join('\n')}\n`
}
