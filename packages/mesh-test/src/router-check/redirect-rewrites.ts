import {
  compileRoutes,
  type MatchOptions,
  type Request,
  type RouteConfigurationJson,
  type RouteJson,
} from '@meshwright/route-matcher'

/** What a redirect makes of the path of the request itself, before it answers; undefined: nothing. */
export type RedirectRewrite = (request: Request, options: MatchOptions) => string | undefined

/**
 * The rewritten paths of the redirects of a configuration. As in Envoy, redirects and routes to clusters rewrite alike: each
 * redirect that rewrites is compiled as a route that goes somewhere.
 */
export function redirectRewrites(configuration: RouteConfigurationJson): RedirectRewrite {
  const { virtualHosts = [] } = configuration
  if (!virtualHosts.some(({ routes = [] }) => routes.some(isRewriting))) return () => undefined
  const table = compileRoutes({
    ...configuration,
    virtualHosts: virtualHosts.map((host) => ({
      ...host,
      routes: (host.routes ?? []).map(forwarding),
    })),
  })
  return (request, options) => {
    const upstream = table.match(request, options)?.applyToRequest(request)
    return upstream?.originalPath === undefined ? undefined : upstream.path
  }
}

function isRewriting({ redirect }: RouteJson): boolean {
  return Boolean(redirect?.prefixRewrite) || redirect?.regexRewrite !== undefined
}

function forwarding(route: RouteJson): RouteJson {
  const { redirect, ...rest } = route
  if (redirect === undefined || !isRewriting(route)) return route
  const { prefixRewrite, regexRewrite } = redirect
  return {
    ...rest,
    route: {
      cluster: 'anywhere',
      ...(prefixRewrite !== undefined && { prefixRewrite }),
      ...(regexRewrite !== undefined && { regexRewrite }),
    },
  }
}
