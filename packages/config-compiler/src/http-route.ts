import type { HttpMatchRequest, HttpRoute } from '@meshwright/mesh-config'
import type { RouteJson, RouteMatchJson } from '@meshwright/xds-types/envoy/config/route/v3'
import { corsConfig } from './cors.ts'
import { faultConfig } from './fault.ts'
import { headerMutations, joinMutations } from './header-operations.ts'
import { configPath, typeUrl } from './names.ts'
import { redirectAction } from './redirect.ts'
import { defaultAction, routeAction, weighted } from './route-action.ts'
import type { RouteContext } from './route-context.ts'
import { everyRequest, isCatchAll, routeMatch } from './route-match.ts'
import { withOrigin } from './route-origin.ts'
import { requestApplies } from './source-match.ts'
import type { VirtualService } from './virtual-service.ts'

/** The routes of a VirtualService as seen behind one listener, in order, none unreachable. */
export function virtualServiceRoutes(
  context: RouteContext,
  virtualService: VirtualService,
): readonly RouteJson[] {
  const routes: RouteJson[] = []
  for (const { route, origins } of virtualService.http) {
    for (const [index, origin] of origins.entries()) {
      const request = route.match?.[index]
      if (request && !requestApplies(context, virtualService, request)) continue
      const compiled = httpRoute(context, virtualService, route, request)
      routes.push(withOrigin(compiled, origin))
      if (isCatchAll(compiled.match ?? {})) return routes
    }
  }
  return routes
}

/** The route of a service that no VirtualService speaks for. */
export function defaultRoute(context: RouteContext, host: string, port: number): RouteJson {
  const route = defaultAction(context, host, port)
  return {
    name: 'default',
    match: everyRequest,
    route,
    decorator: { operation: operation(everyRequest, route.cluster, `${host}:${port}`) },
  }
}

function httpRoute(
  context: RouteContext,
  virtualService: VirtualService,
  route: HttpRoute,
  request: HttpMatchRequest | undefined,
): RouteJson {
  const match = routeMatch(request)
  const action = actionOf(context, route)
  const name = [route.name, request?.name].filter((part) => part).join('.')
  const fallback = `${virtualService.name}:${context.listenerPort}`
  const filters = filterConfigs(route)
  return {
    ...(name !== '' && { name }),
    match,
    ...action,
    ...mutations(route),
    ...(Object.keys(filters).length > 0 && { typedPerFilterConfig: filters }),
    ...(request?.statPrefix && { statPrefix: request.statPrefix }),
    decorator: { operation: operation(match, action.route?.cluster, fallback) },
    metadata: {
      filterMetadata: {
        istio: {
          config: configPath('virtual-service', virtualService.namespace, virtualService.name),
        },
      },
    },
  }
}

function actionOf(
  context: RouteContext,
  route: HttpRoute,
): Pick<RouteJson, 'route' | 'redirect' | 'directResponse'> {
  if (route.redirect) return { redirect: redirectAction(route.redirect, context.listenerPort) }
  if (route.directResponse) {
    const { status, body } = route.directResponse
    return {
      directResponse: {
        status,
        ...(body?.string !== undefined && { body: { inlineString: body.string } }),
        ...(body?.bytes !== undefined && { body: { inlineBytes: body.bytes } }),
      },
    }
  }
  return { route: routeAction(context, route) }
}

/** Of a route with one destination only, that destination's header operations are the route's. */
function mutations(route: HttpRoute): ReturnType<typeof headerMutations> {
  const own = headerMutations(route.headers)
  const [only, ...others] = weighted(route.route ?? [])
  if (only === undefined || others.length > 0) return own
  return joinMutations(own, headerMutations(only.headers))
}

function filterConfigs(route: HttpRoute): NonNullable<RouteJson['typedPerFilterConfig']> {
  return {
    ...(route.fault && {
      'envoy.filters.http.fault': {
        '@type': typeUrl('envoy.extensions.filters.http.fault.v3.HTTPFault'),
        ...faultConfig(route.fault),
      },
    }),
    ...(route.corsPolicy && {
      'envoy.filters.http.cors': {
        '@type': typeUrl('envoy.extensions.filters.http.cors.v3.CorsPolicy'),
        ...corsConfig(route.corsPolicy),
      },
    }),
  }
}

/** What a span of this route is called: `host:port/path`, by the destination if there is one. */
function operation(match: RouteMatchJson, cluster: string | undefined, fallback: string): string {
  const path =
    match.path ?? match.safeRegex?.regex ?? (match.prefix === undefined ? '/*' : `${match.prefix}*`)
  const [, port, , host] = cluster?.split('|') ?? []
  return port && host ? `${host}:${port}${path}` : `${fallback}${path}`
}
