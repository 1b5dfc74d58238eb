/** The places of the page and what of the URL each one understands. The URL is the whole state. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  retainSearchParams,
} from '@tanstack/react-router'
import { histogramSplits } from '../model/answer.ts'
import { caseStates } from '../model/case.ts'
import { severities } from '../model/finding.ts'
import { podSecurityLevels } from '../model/posture.ts'
import { suppressionStates } from '../model/suppression.ts'
import { overviewQuery, sourcesQuery } from './api/queries.ts'
import { queryClient } from './api/query-client.ts'
import { Broken } from './frame/Broken.tsx'
import { Frame } from './frame/Frame.tsx'
import { NotFound } from './frame/NotFound.tsx'
import { coverageChoices, coverageKinds, fromChoices } from './pages/rules/rule-filter.ts'
import { selftestStates } from './parts/selftest-state.ts'
import { parseSearch, searchChoice, searchText, stringifySearch } from './url/search.ts'
import { type TimeSearch, timeChoice, validTimeSearch } from './url/time.ts'
import { stateAt } from './url/use-time.ts'

type Search = Readonly<Record<string, unknown>>

/** Leaves out what is undefined, so that an absent key stays absent. */
const present = <T extends Record<string, string | undefined>>(search: T): Partial<T> => {
  const result: Partial<T> = {}
  for (const key in search) {
    const value = search[key]
    if (value !== undefined) result[key] = value
  }
  return result
}

const rootRoute = createRootRoute({
  component: Frame,
  notFoundComponent: NotFound,
  validateSearch: (search: Search): TimeSearch => validTimeSearch(search),
  search: { middlewares: [retainSearchParams(['last', 'from', 'to', 'at'])] },
})

const nowRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  loaderDeps: ({ search }) => ({ at: stateAt(timeChoice(search)) }),
  // Asked for while the page's script is on its way; the page shows what comes, so nothing waits here.
  loader: ({ deps }) => {
    void queryClient.prefetchQuery(overviewQuery(deps.at))
    void queryClient.prefetchQuery(sourcesQuery)
  },
  component: lazyRouteComponent(() => import('./pages/now/NowPage.tsx'), 'NowPage'),
})

/** `q` the query, `split` of the histogram, `row` the id of the event whose detail is open. */
const eventsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/events',
  validateSearch: (search: Search) =>
    present({
      q: searchText(search.q),
      split: searchChoice(search.split, histogramSplits),
      row: searchText(search.row, 300),
    }),
  component: lazyRouteComponent(() => import('./pages/events/EventsPage.tsx'), 'EventsPage'),
})

/** `ns`, `level` and `name` narrow the list; `open` is `group/kind/namespace/name` of the workload whose detail is open. */
const workloadsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/workloads',
  validateSearch: (search: Search) =>
    present({
      ns: searchText(search.ns, 253),
      level: searchChoice(search.level, podSecurityLevels),
      name: searchText(search.name, 253),
      open: searchText(search.open, 1000),
    }),
  component: lazyRouteComponent(() => import('./pages/workloads/WorkloadsPage.tsx'), 'WorkloadsPage'),
})

/** `-` stands for the core group and for no namespace. `v` is the id of the version shown; `view` is `diff` or `whole`. */
const objectRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/object/$group/$kind/$namespace/$name',
  validateSearch: (search: Search) =>
    present({
      v: searchText(search.v, 300),
      view: searchChoice(search.view, ['diff', 'whole']),
      managed: searchChoice(search.managed, ['1']),
    }),
  component: lazyRouteComponent(() => import('./pages/object/ObjectPage.tsx'), 'ObjectPage'),
})

const sourcesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sources',
  component: lazyRouteComponent(() => import('./pages/sources/SourcesPage.tsx'), 'SourcesPage'),
})

/** `state` open when absent, or `all`; `name` is a part of a title, a name or an id. */
const casesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/cases',
  validateSearch: (search: Search) =>
    present({
      state: searchChoice(search.state, ['all', ...caseStates]),
      severity: searchChoice(search.severity, severities),
      ns: searchText(search.ns, 253),
      rule: searchText(search.rule, 512),
      name: searchText(search.name, 253),
    }),
  component: lazyRouteComponent(() => import('./pages/cases/CasesPage.tsx'), 'CasesPage'),
})

/** `step` is the id of the step whose detail is open. */
const caseRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/cases/$id',
  validateSearch: (search: Search) => present({ step: searchText(search.step, 300) }),
  component: lazyRouteComponent(() => import('./pages/cases/CasePage.tsx'), 'CasePage'),
})

/** `q`, `from`, `severity` and `coverage` narrow the rules down; `rule` is the id of the one whose detail is open. */
const rulesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/rules',
  validateSearch: (search: Search) =>
    present({
      q: searchText(search.q, 200),
      origin: searchChoice(search.origin, fromChoices),
      severity: searchChoice(search.severity, severities),
      coverage: searchChoice(search.coverage, coverageChoices),
      rule: searchText(search.rule, 512),
    }),
  component: lazyRouteComponent(() => import('./pages/rules/RulesPage.tsx'), 'RulesPage'),
})

/** `rule` is the one that is edited, or copied; without it a new one is written. `run` replays it at once. */
const ruleEditRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/rules/edit',
  validateSearch: (search: Search) =>
    present({ rule: searchText(search.rule, 512), run: searchChoice(search.run, ['1']) }),
  component: lazyRouteComponent(() => import('./pages/rules/edit/RuleEditPage.tsx'), 'RuleEditPage'),
})

/**
 * `q` and `state` narrow the list down, `open` is the id of the one whose detail is open. `form` opens the form: `new`,
 * or the id of the one that is changed, `days` how many days longer it is to count. `case` is the case from which the form
 * is filled in.
 */
const suppressionsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/suppressions',
  validateSearch: (search: Search) =>
    present({
      q: searchText(search.q, 200),
      state: searchChoice(search.state, suppressionStates),
      open: searchText(search.open, 512),
      form: searchText(search.form, 512),
      case: searchText(search.case, 300),
      days: searchChoice(search.days, ['30']),
    }),
  component: lazyRouteComponent(() => import('./pages/suppressions/SuppressionsPage.tsx'), 'SuppressionsPage'),
})

/** `open` is the id of the rule whose detail is open, `selftest` what the last one found, `technique` narrows down and is the open one in the view by technique. */
const coverageRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/coverage',
  validateSearch: (search: Search) =>
    present({
      view: searchChoice(search.view, ['techniques']),
      q: searchText(search.q, 200),
      state: searchChoice(search.state, coverageKinds),
      selftest: searchChoice(search.selftest, selftestStates),
      technique: searchText(search.technique, 20),
      open: searchText(search.open, 512),
    }),
  component: lazyRouteComponent(() => import('./pages/coverage/CoveragePage.tsx'), 'CoveragePage'),
})

const outputsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/outputs',
  component: lazyRouteComponent(() => import('./pages/outputs/OutputsPage.tsx'), 'OutputsPage'),
})

export const router = createRouter({
  routeTree: rootRoute.addChildren([
    nowRoute,
    casesRoute,
    caseRoute,
    eventsRoute,
    workloadsRoute,
    objectRoute,
    rulesRoute,
    ruleEditRoute,
    suppressionsRoute,
    coverageRoute,
    outputsRoute,
    sourcesRoute,
  ]),
  parseSearch,
  stringifySearch,
  defaultErrorComponent: Broken,
  defaultPreload: 'intent',
  scrollRestoration: false,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
