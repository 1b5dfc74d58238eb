import type { IForbiddenRuleType } from 'dependency-cruiser'

/**
 * Imports go one way. The table below is the one of ARCHITECTURE.md; each row names what a folder of src/ may import
 * besides itself, and where code belongs that would need more.
 */
interface Row {
  readonly folder: string
  readonly may: readonly string[]
  readonly instead: string
}

const table: readonly Row[] = [
  { folder: 'model', may: [], instead: 'The model imports nothing: move what needs more to the folder that uses it.' },
  { folder: 'config', may: ['model'], instead: 'Settings know only the model.' },
  { folder: 'telemetry', may: ['model'], instead: 'Our own logs and metrics know only the model.' },
  {
    folder: 'state',
    may: ['model', 'engines/apimachinery'],
    instead: 'What judges the state belongs in posture, detect or explain.',
  },
  {
    folder: 'posture',
    may: ['model', 'engines', 'state'],
    instead: 'Let main.ts hand in what posture needs, through an interface that posture declares.',
  },
  {
    folder: 'detect',
    may: ['model', 'engines', 'state'],
    instead: 'Let main.ts hand in what detect needs, through an interface that detect declares.',
  },
  {
    folder: 'explain',
    may: ['model', 'engines', 'state'],
    instead: 'Ask the record through an interface that explain declares.',
  },
  {
    folder: 'rehearse',
    may: ['model', 'engines', 'state', 'detect'],
    instead: 'Ask the record through an interface that rehearse declares.',
  },
  {
    folder: 'sources',
    may: ['model', 'config', 'telemetry'],
    instead: 'A source hands over bytes by Append and knows nothing of what comes after.',
  },
  {
    folder: 'recorder',
    may: ['model', 'config', 'telemetry'],
    instead: 'The recorder takes parsers and sinks as arguments from main.ts.',
  },
  {
    folder: 'store',
    may: ['model', 'config', 'telemetry'],
    instead: 'The store answers with types of the model; what uses the answers lives elsewhere.',
  },
  {
    folder: 'outputs',
    may: ['model', 'config', 'telemetry'],
    instead: 'An output gets a case from main.ts and sends it.',
  },
  { folder: 'api', may: ['model'], instead: 'Declare an interface in src/api/services.ts and let main.ts fill it.' },
  { folder: 'web', may: ['model', 'api/contract'], instead: 'Ask the API; only types and pure helpers are shared.' },
  // The command line turns flags into settings and finds a server that runs: both are config.
  {
    folder: 'cli',
    may: [
      'model',
      'config',
      'engines',
      'posture',
      'detect',
      'explain',
      'rehearse',
      'api/contract',
      'sources/cluster',
      'sources/manifests',
      'sources/replay',
      'main.ts',
      'server',
    ],
    instead: 'The command line is thin: the work belongs in the folder it is about, connected in main.ts.',
  },
]

const enginesMay: Readonly<Record<string, readonly string[]>> = { admission: ['apimachinery', 'cel'] }
const engines = [
  'apimachinery',
  'pod-security',
  'network-policy',
  'rbac',
  'audit-policy',
  'cel',
  'admission',
  'falco',
  'sigma',
  'vulnerability',
]

const below = (place: string): string => (place.endsWith('.ts') ? `^src/${place}$` : `^src/${place}/`)

const folderRule = ({ folder, may, instead }: Row): IForbiddenRuleType => ({
  name: `${folder}-imports`,
  comment: instead,
  severity: 'error',
  // Tests sit beside the code and may also use what they prove it against.
  from: { path: below(folder), pathNot: '\\.test\\.tsx?$' },
  to: { path: '^src/', pathNot: [below(folder), ...may.map(below)] },
})

const engineRule = (engine: string): IForbiddenRuleType => ({
  name: `engine-${engine}-imports`,
  comment: 'An engine is importable alone: model, engines/apimachinery and (admission) cel are all it may use.',
  severity: 'error',
  from: { path: below(`engines/${engine}`), pathNot: '\\.test\\.ts$' },
  to: {
    path: '^src/',
    pathNot: ['model', ...[engine, ...(enginesMay[engine] ?? ['apimachinery'])].map((name) => `engines/${name}`)].map(
      below,
    ),
  },
})

/** Packages (and Node's own modules) that the pure folders may use: small, without I/O. */
const purePackages = '^(node_modules/)?(yaml|re2js)(/|$)'

export const forbidden: readonly IForbiddenRuleType[] = [
  ...table.map(folderRule),
  ...engines.map(engineRule),
  {
    name: 'pure-folders-have-no-io',
    comment: 'Pure folders get data as arguments: no Node module, and only packages without I/O.',
    severity: 'error',
    from: { path: '^src/(model|engines|state|posture|detect|explain|rehearse)/', pathNot: '\\.test\\.ts$' },
    to: { dependencyTypesNot: ['local'], pathNot: ['^src/', purePackages] },
  },
  {
    name: 'sources-are-strangers',
    comment:
      'Sources never import each other: what two of them need is an argument, a word of the model, or (an HTTP receiver, following a file) sources/intake, which is no source and knows none.',
    severity: 'error',
    from: { path: '^src/sources/([^/]+)/' },
    to: { path: '^src/sources/[^/]+/', pathNot: '^src/sources/($1|intake)/' },
  },
  {
    name: 'only-the-store-speaks-sql',
    comment:
      'Only src/store asks databases. The recorder holds its lock on the data directory by SQLite, without a table.',
    severity: 'error',
    from: { path: '^src/', pathNot: '^src/(store/|recorder/lock\\.ts)' },
    to: { path: 'node_modules/(@clickhouse|chdb)/|^(node:)?sqlite$' },
  },
  {
    name: 'nothing-imports-main',
    comment: 'main.ts and src/server connect everything; only the command line starts them.',
    severity: 'error',
    from: { path: '^src/', pathNot: '^src/(cli|server)/|^src/main\\.ts$|\\.test\\.ts$' },
    to: { path: '^src/(main\\.ts$|server/)' },
  },
  {
    name: 'fixtures-are-for-tests',
    comment: 'What stands in a fixture is made up: only tests, and other fixtures, take it.',
    severity: 'error',
    from: { path: '^src/', pathNot: '(\\.test|fixture)\\.tsx?$' },
    to: { path: '^src/.*fixture\\.ts$' },
  },
  {
    name: 'no-cycles',
    comment: 'A cycle means that two files are one idea, or that an interface lives on the wrong side.',
    severity: 'error',
    from: { path: '^src/' },
    to: { circular: true },
  },
  {
    name: 'every-import-resolves',
    comment: 'An import that cannot be resolved is not checked by any rule.',
    severity: 'error',
    from: { path: '^src/' },
    to: { couldNotResolve: true },
  },
]
