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
import { overviewQuery, sourcesQuery } from './api/queries.ts'
import { queryClient } from './api/query-client.ts'
import { Broken } from './frame/Broken.tsx'
import { Frame } from './frame/Frame.tsx'
import { NotFound } from './frame/NotFound.tsx'
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

export const router = createRouter({
  routeTree: rootRoute.addChildren([
    nowRoute,
    casesRoute,
    caseRoute,
    eventsRoute,
    workloadsRoute,
    objectRoute,
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
