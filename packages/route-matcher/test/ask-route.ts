import {
  type Action,
  type ClusterAction,
  compileRoutes,
  type PlainRequest,
  type Request,
  type RouteConfigurationJson,
  type RouteJson,
  type RouteMatchJson,
  type RouteTable,
  request,
} from '../src/index.ts'

/** One virtual host for every domain, with these routes. */
export function tableOf(
  routes: readonly RouteJson[],
  rest: Partial<RouteConfigurationJson> = {},
): RouteTable {
  return compileRoutes({ virtualHosts: [{ name: 'all', domains: ['*'], routes }], ...rest })
}

/** A GET to the host `shop`. */
export function get(path: string, rest: Partial<PlainRequest> = {}): Request {
  return request({ authority: 'shop', path, ...rest })
}

/** Whether a route with this match takes the request. */
export function matches(match: RouteMatchJson, asked: PlainRequest, random = 0): boolean {
  const table = tableOf([{ match, route: { cluster: 'hit' } }])
  return table.match(request(asked), { random })?.cluster === 'hit'
}

/** What the route does with a request that it takes. */
export function actionOf(
  route: RouteJson,
  path = '/a/b?c=d',
  rest: Partial<PlainRequest> = {},
): Action {
  const action = tableOf([route]).match(get(path, rest))?.action
  if (action === undefined) throw new Error('expected a match')
  return action
}

/** What a route with this action does, which goes to a cluster. */
export function clusterActionOf(route: RouteJson['route']): ClusterAction {
  const action = actionOf({ match: { prefix: '/' }, ...(route === undefined ? {} : { route }) })
  if (action.kind !== 'cluster') throw new Error('expected a cluster')
  return action
}
