import { expect, test } from 'vitest'
import {
  type Host,
  HostSetError,
  hostSet,
  type LocalityHosts,
  type LocalityPeers,
  type ZoneAwareOptions,
} from '../src/index.ts'

const zone = (name: string, weights: readonly number[]): LocalityHosts<Host> => ({
  locality: { zone: name },
  hosts: weights.map((weight, i) => ({ host: { address: `${name}-${i}` }, weight })),
})
const callers = (name: string, total: number, healthyWeight?: number): LocalityPeers => ({
  locality: { zone: name },
  total,
  ...(healthyWeight !== undefined && { healthyWeight }),
})

function routingOf(
  localities: readonly LocalityHosts<Host>[],
  options: ZoneAwareOptions,
): ReturnType<typeof hostSet>['zoneRouting'] {
  const zoneAware = { minClusterSize: 1, ...options }
  return hostSet(localities, { locality: { zone: 'own' }, zoneAware }).zoneRouting
}

test('a zone with hosts enough is forced to take all, even of callers that are in one zone only', () => {
  const hosts = [zone('own', [1, 1]), zone('other', [1, 1, 1, 1])]
  const peers = [callers('own', 9), callers('other', 1)]
  expect(routingOf(hosts, { peers })).toMatchObject({ kind: 'residual' })
  expect(routingOf(hosts, { peers, forceLocalMinSize: 2 })).toEqual({ kind: 'direct' })
  expect(routingOf(hosts, { peers, forceLocalMinSize: 3 })).toMatchObject({ kind: 'residual' })

  const alone = [callers('own', 1)]
  expect(routingOf(hosts, { peers: alone })).toEqual({ kind: 'none' })
  expect(routingOf(hosts, { peers: alone, forceLocalMinSize: 1 })).toEqual({ kind: 'direct' })
})

test('shares are reckoned in hosts, or in their weights', () => {
  const hosts = [zone('own', [1, 1]), zone('other', [3, 3])]
  const peers = [callers('own', 1), callers('other', 1)]
  expect(routingOf(hosts, { peers })).toEqual({ kind: 'direct' })
  // A quarter of the capacity for a half of the callers.
  expect(routingOf(hosts, { peers, basis: 'weights' })).toEqual({
    kind: 'residual',
    localShare: 5000,
    cumulativeResidual: [0, 2500],
  })
  const heavy = [callers('own', 1, 1), callers('other', 1, 7)]
  expect(routingOf(hosts, { peers: heavy, basis: 'weights' })).toEqual({ kind: 'direct' })
})

test.each([-1, 1.5, Number.NaN])('%d hosts are no size to force by', (forceLocalMinSize) => {
  const peers = [callers('own', 1), callers('other', 1)]
  expect(() => routingOf([zone('own', [1])], { peers, forceLocalMinSize })).toThrow(HostSetError)
})
