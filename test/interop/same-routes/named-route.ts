import type { RouteJson, RouteMatchJson } from '@meshwright/route-matcher'

/** A route that says its name in a header of its answer. */
export function namedRoute(name: string, match: RouteMatchJson): RouteJson {
  return {
    name,
    match,
    directResponse: { status: 200 },
    responseHeadersToAdd: [{ header: { key: 'x-route', value: name } }],
  }
}
