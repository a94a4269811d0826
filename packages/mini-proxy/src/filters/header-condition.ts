import { compileRoutes, type Request, type RouteMatchJson } from '@meshwright/route-matcher'

/** `envoy.config.route.v3.HeaderMatcher` in proto3 JSON. */
export type HeaderMatcherJson = NonNullable<RouteMatchJson['headers']>[number]

/**
 * Whether all of `matchers` hold for a request.
 *
 * @throws {Error} if one of them makes no sense
 */
export function compileHeaderCondition(
  matchers: readonly HeaderMatcherJson[],
): (request: Request) => boolean {
  if (matchers.length === 0) return () => true
  // A table of one route is how the route matcher's conditions are reached.
  const table = compileRoutes({
    virtualHosts: [
      {
        name: 'any',
        domains: ['*'],
        routes: [
          {
            match: { safeRegex: { regex: '.*' }, headers: matchers },
            directResponse: { status: 200 },
          },
        ],
      },
    ],
  })
  return (request) => table.match(request) !== undefined
}
