import type {
  DirectResponseActionJson,
  RedirectActionJson,
  RouteJson,
} from '@meshwright/route-matcher'
import { type Change, dropped, within } from './change.ts'
import { changedAction } from './change-action.ts'
import { droppedMutations } from './change-headers.ts'
import { changedMatch } from './change-match.ts'
import { became } from './change-text.ts'

/** Every change of one route by itself. `clusters` are those of the configuration. */
export function* changedRoute(
  route: RouteJson,
  clusters: readonly string[],
): Generator<Change<RouteJson>> {
  if (route.match !== undefined) yield* within(route, 'match', changedMatch(route.match))
  if (route.route !== undefined) yield* within(route, 'route', changedAction(route.route, clusters))
  if (route.redirect !== undefined)
    yield* within(route, 'redirect', changedRedirect(route.redirect))
  if (route.directResponse !== undefined) {
    yield* within(route, 'directResponse', changedResponse(route.directResponse))
  }
  yield* droppedMutations(route)
  for (const name of Object.keys(route.typedPerFilterConfig ?? {})) {
    const { [name]: _, ...rest } = route.typedPerFilterConfig ?? {}
    yield {
      kind: 'dropped-filter-config',
      at: `typedPerFilterConfig.${name}`,
      description: `configuration of filter ${name} dropped`,
      value: { ...route, typedPerFilterConfig: rest },
    }
  }
}

const redirectParts = [
  'httpsRedirect',
  'schemeRedirect',
  'hostRedirect',
  'portRedirect',
  'pathRedirect',
  'prefixRewrite',
  'regexRewrite',
  'stripQuery',
] as const

function* changedRedirect(redirect: RedirectActionJson): Generator<Change<RedirectActionJson>> {
  for (const key of redirectParts) {
    if (redirect[key] === undefined || redirect[key] === false) continue
    yield* within(redirect, key, [dropped('dropped-redirect-part', `redirect ${key}`)])
  }
  const { responseCode = 'MOVED_PERMANENTLY' } = redirect
  const other = responseCode === 'FOUND' || responseCode === 1 ? 'MOVED_PERMANENTLY' : 'FOUND'
  yield {
    kind: 'changed-status',
    at: 'responseCode',
    description: became(responseCode, other),
    value: { ...redirect, responseCode: other },
  }
}

function* changedResponse(
  response: DirectResponseActionJson,
): Generator<Change<DirectResponseActionJson>> {
  const { status = 200 } = response
  const other = status === 503 ? 500 : 503
  yield {
    kind: 'changed-status',
    at: 'status',
    description: became(status, other),
    value: { ...response, status: other },
  }
}
