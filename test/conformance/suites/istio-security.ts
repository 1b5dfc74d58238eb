import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { readAddress } from '../../../src/engines/network-policy/addresses.ts'
import {
  type Endpoint,
  externalEndpoint,
  type IstioOptions,
  istioDefaults,
  judgeRequest,
  type ProxiedRequest,
  readWorld,
  type World,
} from '../../../src/engines/network-policy/index.ts'
import { isObject, type JsonObject } from '../../../src/model/json.ts'
import {
  nodeMatches,
  policyMatches,
  type RbacFilter,
  type RbacPolicy,
  type RbacRequest,
  readRbacFilter,
  rulesAllow,
} from '../envoy-rbac.ts'
import { childrenOf, filtersFor, type Part, partOf, policiesFor } from '../istio-projection.ts'
import { type About, type Change, changesOf, jwtFilter, mentionsIn, plainRequest } from '../istio-requests.ts'
import { manifestsOf, parsedYaml } from '../manifests.ts'
import type { CaseResult, Suite } from '../suite.ts'

/**
 * AuthorizationPolicies, and the RBAC filters of Envoy that Istio makes of them: on requests that have each value that is
 * asked about, its near misses and its absence, both have to say the same. Once as a whole, and once for each thing that is
 * asked about, wanted and not wanted, with and without `*`, since several cases ask for what excludes itself or for everything. The policies and templates of
 * other tests, for which no filters are there, have to be read without a problem.
 */
export const suite: Suite = {
  name: 'istio-security',
  *run({ dir }) {
    const folder = join(dir, 'pilot/pkg/security/authz/builder/testdata')
    const outs = Map.groupBy(globSync('*/*-out*.yaml', { cwd: folder }).sort(), (file) =>
      file.replace(/-out\d*\.yaml$/, ''),
    )
    const inputs = new Set<string>()
    for (const [name, files] of outs) {
      const input = inputOf(folder, name)
      if (input === undefined) {
        yield { name, ok: false, expected: 'the policies of the case', got: 'a file that is not there' }
        continue
      }
      inputs.add(input)
      const policies = manifestsOf(readFileSync(join(folder, input), 'utf8'))
      const filters = files.flatMap(
        (file) => readRbacFilter(parsedYaml(readFileSync(join(folder, file), 'utf8'))) ?? [],
      )
      yield* compareCase(name, policies, filters, trustDomains[basename(input)] ?? istioDefaults)
    }
    for (const input of globSync('*/*-in.yaml', { cwd: folder }).sort()) {
      if (!inputs.has(input)) yield { name: input, ok: false, expected: 'the filters of the case', got: 'none' }
    }
    yield* readCases(dir)
  },
}

/** Those that are made with another mesh than the usual one. Upstream: builder_test.go. */
const trustDomains: Readonly<Record<string, IstioOptions>> = {
  'simple-policy-td-aliases-in.yaml': mesh('td1', 'cluster.local'),
  'simple-policy-multiple-td-aliases-in.yaml': mesh('td1', 'cluster.local', 'some-td'),
  'simple-policy-principal-with-wildcard-in.yaml': mesh('td1', 'foobar'),
  'td-aliases-source-principal-in.yaml': mesh('new-td', 'old-td', 'some-trustdomain'),
}

function mesh(trustDomain: string, ...trustDomainAliases: readonly string[]): IstioOptions {
  return { ...istioDefaults, rootNamespace: 'istio-config', trustDomain, trustDomainAliases }
}

/** The filters of several meshes are made of one input. */
const inputOf = (folder: string, name: string): string | undefined => {
  const plain = join(dirname(name), basename(name).replace(/^extended-/, ''))
  const shared = join(dirname(name), 'custom-simple-http')
  return [plain, ...(basename(plain).startsWith('custom-') ? [shared] : [])]
    .map((one) => `${one}-in.yaml`)
    .find((file) => existsSync(join(folder, file)))
}

/** What is compared of a case: its policies as they are, those of a dry run, and those that only tell. */
const views = ['', ' dry run', ' audit'] as const
type View = (typeof views)[number]

const compareCase = function* (
  name: string,
  policies: readonly JsonObject[],
  filters: readonly RbacFilter[],
  istio: IstioOptions,
): Generator<CaseResult> {
  const isHttp = name.startsWith('http/')
  const requests = requestsFor(policies, filters, isHttp)
  // On TCP a rule that allows falls away as a whole, so that its parts are not those of theirs.
  const allows = policies.some(({ spec }) => isObject(spec) && (spec.action ?? 'ALLOW') === 'ALLOW')
  const parts: readonly (Part | undefined)[] = [undefined, ...(isHttp || !allows ? partsOf(filters) : [])]
  for (const view of views) {
    if (view === ' dry run' && !filters.some(isDryRun)) continue
    if (view === ' audit' && !filters.some(({ rules }) => rules?.action === 'LOG')) continue
    const wrong: string[] = []
    for (const part of parts) {
      const theirs = part === undefined ? filters : filtersFor(filters, part)
      const ours = readWorld(inView(part === undefined ? policies : policiesFor(policies, part), view), { istio })
      for (const request of requests) {
        const [expected, got] = [theirVerdict(theirs, request, view), ourVerdict(ours, request)]
        if (expected === got) continue
        wrong.push(
          `${part?.about ?? 'all'} ${part?.wanted ?? ''} ${part?.stars ?? ''}: ${expected}, not ${got}: ${JSON.stringify(request)}`,
        )
      }
    }
    const count = `${requests.length} requests, ${parts.length} parts`
    yield {
      name: `${name}${view}`,
      ok: wrong.length === 0,
      expected: 'no difference',
      got: [...wrong.slice(0, 3), count],
    }
  }
}

const isDryRun = ({ shadowRules, asksProvider }: RbacFilter): boolean => shadowRules !== undefined && !asksProvider

/** What a dry run would do, as if it were not one; what is told by an audit, as if it were denied. */
const inView = (policies: readonly JsonObject[], view: View): readonly JsonObject[] => {
  const dry = (policy: JsonObject): boolean => {
    const { annotations } = isObject(policy.metadata) ? policy.metadata : {}
    return isObject(annotations) && annotations['istio.io/dry-run'] === 'true'
  }
  if (view === ' dry run')
    return policies.filter(dry).map((policy) => ({ ...policy, metadata: { name: nameOf(policy), namespace: 'foo' } }))
  if (view === '') return policies
  return policies
    .filter(({ spec }) => isObject(spec) && spec.action === 'AUDIT')
    .map((policy) => ({ ...policy, spec: { ...(isObject(policy.spec) ? policy.spec : {}), action: 'DENY' } }))
}

const nameOf = ({ metadata }: JsonObject): string => String(isObject(metadata) ? metadata.name : '')

type Verdict = 'allowed' | 'denied' | 'unknown'

/** Filter by filter. A request that a provider is asked about may be allowed or not. */
const theirVerdict = (filters: readonly RbacFilter[], request: RbacRequest, view: View): Verdict => {
  let verdict: Verdict = 'allowed'
  for (const { rules, shadowRules, asksProvider } of filters) {
    const asked = view === ' dry run' ? (asksProvider ? undefined : shadowRules) : rules
    if (view === ' audit') {
      const tells = rules?.action === 'LOG' && Object.values(rules.policies).some((one) => policyMatches(one, request))
      if (tells) verdict = 'denied'
    } else if (asked !== undefined && !rulesAllow(asked, request)) return 'denied'
    const isAsked = asksProvider && shadowRules !== undefined && !rulesAllow(shadowRules, request)
    if (isAsked && view === '') verdict = 'unknown'
  }
  return verdict
}

const workload: Endpoint = {
  ...(externalEndpoint('10.99.0.1') ?? assertNever()),
  kind: 'pod',
  name: 'foo/httpbin',
  namespace: 'foo',
  labels: { app: 'httpbin', version: 'v1' },
  identities: ['cluster.local/ns/foo/sa/httpbin'],
}

function assertNever(): never {
  throw new Error('an address is one')
}

const ourVerdict = (world: World, request: RbacRequest): Verdict => {
  const source: Endpoint = {
    ...workload,
    name: 'from/client',
    namespace: 'from',
    labels: {},
    identities: request.principal === '' ? [] : [request.principal],
    addresses: addressesOf(request.sourceIp),
  }
  const destination = { ...workload, addresses: addressesOf(request.destinationIp) }
  return judgeRequest(world.gates, source, destination, asOurs(request), world.namespaceLabels).verdict
}

const addressesOf = (text: string): readonly bigint[] => {
  const address = readAddress(text)
  return address === undefined ? [] : [address]
}

const asOurs = ({ port, sni, remoteIp, metadata, headers, path }: RbacRequest): ProxiedRequest => {
  const token = metadata[jwtFilter]
  const { ':method': method = '', ':authority': host = '', ...others } = headers ?? {}
  const claims = isObject(token) && isObject(token.payload) ? token.payload : undefined
  return {
    port,
    sni,
    clientAddress: readAddress(remoteIp),
    metadata,
    http: headers && { method, host, path, headers: others, claims },
  }
}

/** What Envoy's filters ask about. */
const partsOf = (filters: readonly RbacFilter[]): readonly Part[] => {
  const parts = allPolicies(filters)
    .flatMap(({ permissions, principals }) => [...permissions, ...principals].flatMap(childrenOf))
    .map(partOf)
    .filter(({ about }) => about !== 'any' && about !== 'nothing')
  const different = [...new Map(parts.map((part) => [`${part.about} ${part.wanted}`, part])).values()]
  return different.flatMap((part) => [part, { ...part, stars: false }])
}

const allPolicies = (filters: readonly RbacFilter[]): readonly RbacPolicy[] =>
  filters.flatMap(({ rules, shadowRules }) => [rules, shadowRules].flatMap((one) => Object.values(one?.policies ?? {})))

/** From requests that match, one for each way to match where there is one, everything is varied by itself. */
const requestsFor = (
  policies: readonly JsonObject[],
  filters: readonly RbacFilter[],
  isHttp: boolean,
): readonly RbacRequest[] => {
  const changes = changesOf(mentionsIn(policies))
  const bases = [plainRequest(isHttp)]
  for (const { permissions, principals } of allPolicies(filters)) {
    for (const permission of permissions) {
      for (const principal of principals) bases.push(matching([permission, principal], changes, plainRequest(isHttp)))
    }
  }
  const all = bases.flatMap((base) => [base, ...[...changes.values()].flat().map((change) => change(base))])
  return [...new Map(all.map((request) => [JSON.stringify(request), request])).values()]
}

/** The base with what each part of the nodes asks for, as far as a value of ours is that. */
const matching = (
  nodes: readonly JsonObject[],
  changes: ReadonlyMap<About, readonly Change[]>,
  base: RbacRequest,
): RbacRequest => {
  let request = base
  const children = nodes.flatMap(childrenOf)
  for (const [about, list] of changes) {
    const asked = children.filter((child) => partOf(child).about === about)
    const fits = (one: RbacRequest): boolean => asked.every((child) => nodeMatches(child, one))
    if (asked.length === 0 || fits(request)) continue
    request = list.map((change) => change(request)).find(fits) ?? request
  }
  return request
}

const readCases = function* (dir: string): Generator<CaseResult> {
  const files = globSync(['tests/**/*.yaml.tmpl', 'pkg/**/*.yaml', 'samples/**/*.yaml'], { cwd: dir }).sort()
  for (const file of files) {
    const text = readFileSync(join(dir, file), 'utf8')
    const kinds = [...text.matchAll(/^kind: *(\S+)/gm)].map(([, kind = '']) => kind)
    const objects = manifestsOf(filledTemplate(text)).filter(({ kind }) => kind !== undefined)
    const problems = readWorld(objects).problems.map(({ ref, path, what }) => `${ref.name} ${path} ${what}`)
    const got = [...objects.map(({ kind }) => String(kind)), ...problems]
    yield { name: file, ok: got.join() === kinds.join(), expected: kinds, got }
  }
}

/** With values of the kind that the integration tests put in. */
const filledTemplate = (text: string): string =>
  text
    .replaceAll(/^\s*\{\{-?[^}]*-?\}\}\s*$/gm, '')
    .replaceAll(/\{\{-? *(?:if|else|end|range|with)[^}]*\}\}/g, '')
    .replaceAll(/\{\{[^}]*\| *toJson *\}\}/g, '["192.0.2.1"]')
    .replaceAll(/mode: *"?\{\{[^}]*\}\}"?/g, 'mode: STRICT')
    .replaceAll(/\{\{[^}]*\}\}/g, 'value')
