import { type Grant, type Request, type Subject, systemMasters } from '../../engines/rbac/index.ts'
import { placeText, type World } from '../objects/load.ts'
import { tableLines } from '../table.ts'
import { exitCodes } from '../terminal.ts'
import type { Answer } from './answer.ts'
import { type Grants, type GrantView, objectText, viewOf } from './grants.ts'
import { type Asked, requestOf, requestText } from './request.ts'

/** A subject that may, and where; `namespace` is empty where it may in the whole cluster. */
interface Row {
  readonly subject: Subject
  readonly namespace: string
  readonly grant: GrantView | undefined
}

/** `bulwark can who-can`: every subject that may do it, with the binding and rule behind each. */
export const whoCan = (world: World, grants: Grants, asked: Asked, anywhere: boolean): Answer => {
  const request = requestOf(asked, world.kinds)
  const rows = [
    { subject: systemMasters, namespace: '', grant: undefined },
    ...namespacesOf(request, grants, anywhere).flatMap((namespace) => rowsIn(request, namespace, grants)),
  ]
  const columns = ['kind', 'subject', 'where', 'binding', 'rule', 'place'].map((title) => ({ title }))
  const cells = rows.map(({ subject, namespace, grant }) => [
    subject.kind,
    subject.namespace === '' ? subject.name : `${subject.namespace}/${subject.name}`,
    namespace === '' ? 'everywhere' : namespace,
    grant === undefined ? '(allowed before RBAC)' : objectText(grant.binding),
    grant === undefined ? '' : `${objectText(grant.role)} rules[${grant.ruleIndex}]`,
    grant === undefined ? '' : placeText(grant.role.place),
  ])
  const elsewhere = anywhere ? 0 : countElsewhere(request, grants)
  const more = elsewhere === 0 ? [] : [`${elsewhere} more grants hold in single namespaces: --anywhere lists them`]
  return {
    lines: [`Who can ${requestText(request)}, by ${world.origin}:`, ...tableLines(columns, cells), ...more],
    json: {
      request,
      subjects: rows.map(({ subject, namespace, grant }) => ({
        ...subject,
        where: namespace || '*',
        grant: grant ?? null,
      })),
    },
    code: exitCodes.ok,
  }
}

/** A path has no namespace; a question about one namespace stays there. */
const namespacesOf = (request: Request, grants: Grants, anywhere: boolean): readonly string[] => {
  if (request.kind === 'non-resource') return ['']
  return anywhere && request.namespace === '' ? ['', ...grants.boundNamespaces] : [request.namespace]
}

/** Cluster-wide grants are told once: only what a RoleBinding gives is of a namespace. */
const newIn = (request: Request, namespace: string, grants: Grants): readonly Grant[] =>
  grantsIn(request, namespace, grants).filter(
    ({ binding }) => isFirstScope(request, namespace) || binding.namespace !== '',
  )

const rowsIn = (request: Request, namespace: string, grants: Grants): readonly Row[] =>
  newIn(request, namespace, grants).map((grant) => ({
    subject: ownNamespace(grant),
    namespace: grant.binding.namespace,
    grant: viewOf(grant, grants),
  }))

const isFirstScope = (request: Request, namespace: string): boolean =>
  request.kind === 'non-resource' || namespace === request.namespace

const grantsIn = (request: Request, namespace: string, { authorizer }: Grants): readonly Grant[] =>
  authorizer.grantsOf(request.kind === 'resource' ? { ...request, namespace } : request)

/** A service account without a namespace in a RoleBinding is one of the binding's namespace. */
const ownNamespace = ({ subject, binding }: Grant): Subject =>
  subject.kind === 'ServiceAccount' && subject.namespace === '' ? { ...subject, namespace: binding.namespace } : subject

const countElsewhere = (request: Request, grants: Grants): number => {
  if (request.kind === 'non-resource' || request.namespace !== '') return 0
  return grants.boundNamespaces.reduce((sum, namespace) => sum + newIn(request, namespace, grants).length, 0)
}
