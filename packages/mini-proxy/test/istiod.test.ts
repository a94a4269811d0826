import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createProxy } from '../src/index.ts'

// Answers of a real istiod; their origin is written beside them.
const folder = new URL('../../../test/fixtures/istiod/', import.meta.url)
const kinds = {
  listeners: 'listener.v3.Listener',
  clusters: 'cluster.v3.Cluster',
  routes: 'route.v3.RouteConfiguration',
  endpoints: 'endpoint.v3.ClusterLoadAssignment',
} as const

/** Our verdicts, and for how many resources each. */
function verdictsOn(file: string): Map<string, number> {
  const proxy = createProxy()
  const dump = JSON.parse(readFileSync(new URL(file, folder), 'utf8'))
  const verdicts = new Map<string, number>()
  for (const [kind, type] of Object.entries(kinds)) {
    for (const resource of dump[kind] ?? []) {
      const verdict = proxy.check(`type.googleapis.com/envoy.config.${type}`, resource) ?? 'sound'
      verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1)
    }
  }
  return verdicts
}

test.each(['ingress.json', 'ratings-redirect.json', 'reviews-none.json', 'reviews-redirect.json'])(
  'what istiod sends in %s is accepted, whatever secrets it waits for; only authorization is refused',
  (file) => {
    const verdicts = verdictsOn(file)

    expect(verdicts.get('sound')).toBeGreaterThan(10)
    verdicts.delete('sound')
    for (const verdict of verdicts.keys()) expect(verdict).toMatch(/filter.*rbac/)
  },
)
