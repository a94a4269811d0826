import type { RouteConfigurationJson, RouteMatchJson } from '@meshwright/route-matcher'

/** Parts of requests that conditions ask for in two ways of which one depends on the other: what it says is then unknown. */
export interface EntangledParts {
  /** Cookies are asked for by name: the header that holds them all is no dimension of its own. */
  readonly cookies: boolean
  /** The values of metadata, as JSON lists of their keys, of which others are a part, or that are a part of others. */
  readonly metadata: ReadonlySet<string>
}

/** Reads all conditions of routes and matcher trees for what they ask for. */
export function entangledParts(configurations: readonly RouteConfigurationJson[]): EntangledParts {
  const asked = new Asked()
  for (const { virtualHosts = [] } of configurations) {
    for (const { routes = [], matcher } of virtualHosts) {
      for (const { match = {} } of routes) asked.readMatch(match)
      if (matcher !== undefined) asked.readTree(matcher)
    }
  }
  const paths = [...asked.metadata]
  // Lists are written as JSON: one that goes on begins as the other does, but for its bracket.
  const isPart = (inner: string, outer: string): boolean =>
    inner !== outer && inner.startsWith(`${outer.slice(0, -1)},`)
  const entangled = paths.filter((path) =>
    paths.some((other) => isPart(path, other) || isPart(other, path)),
  )
  return { cookies: asked.cookies, metadata: new Set(entangled) }
}

class Asked {
  cookies = false
  readonly metadata = new Set<string>()

  readMatch({ cookies = [], dynamicMetadata = [] }: RouteMatchJson): void {
    if (cookies.length > 0) this.cookies = true
    for (const { filter = '', path = [] } of dynamicMetadata) {
      this.metadata.add(JSON.stringify([filter, ...path.map(({ key = '' }) => key)]))
    }
  }

  /** Whatever looks like a condition is taken for one: that can but make more unknown. */
  readTree(tree: object): void {
    for (const [key, value] of Object.entries(tree)) {
      if (typeof value !== 'object' || value === null) continue
      if (key === 'match') this.readMatch(value)
      else if (key === 'typedConfig' && Array.isArray(value.path)) {
        this.readMatch({ dynamicMetadata: [value] })
      } else this.readTree(value)
    }
  }
}
