import { describe, expect, test } from 'vitest'
import { edsCluster, endpoints, rdsListener, routes, staticCluster } from '../../test/resources.ts'
import type { ResourceType } from '../resource-type.ts'
import { ConfigCache } from './config-cache.ts'

const times = { rewarmMs: 1000, holdMs: 5000 }
const noStatics = { clusters: [], listeners: [], secrets: [] }

type Resource = { readonly name?: string; readonly clusterName?: string }

describe('a cluster of type EDS', () => {
  test('is in use once its endpoints came', () => {
    const cache = emptyCache()
    put(cache, 0, 'cds', edsCluster('a'))
    expect(cache.view.clusters.size).toBe(0)
    expect(cache.endpointNames).toEqual(['a'])

    put(cache, 1, 'eds', endpoints('a', 80))
    expect([...cache.view.clusters.keys()]).toEqual(['a'])
  })

  test('is in use without endpoints once its initial_fetch_timeout is over', () => {
    const cache = emptyCache()
    put(cache, 0, 'cds', edsCluster('a', '1s', '2s'))
    expect(cache.nextDeadline(0)).toBe(2000)

    cache.settle(1999)
    expect(cache.view.clusters.has('a')).toBe(false)
    cache.settle(2000)
    expect(cache.view.clusters.has('a')).toBe(true)
    expect(cache.nextDeadline(2000)).toBe(Infinity)
  })

  test('waits for ever if that timeout is 0', () => {
    const cache = emptyCache()
    put(cache, 0, 'cds', edsCluster('a', '1s', '0s'))
    cache.settle(1e12)

    expect(cache.view.clusters.has('a')).toBe(false)
    expect(cache.nextDeadline(1e12)).toBe(Infinity)
  })

  test('waits no longer when its endpoints were refused or do not exist', () => {
    const cache = emptyCache()
    put(cache, 0, 'cds', edsCluster('a'), edsCluster('b'))
    cache.apply('eds', { set: [], removed: [], answered: ['a', 'b'] }, 1)
    cache.settle(1)

    expect([...cache.view.clusters.keys()]).toEqual(['a', 'b'])
    expect(cache.view.endpoints.size).toBe(0)
  })

  test('stays as it was after a change, until an answer came after it, even an unchanged one', () => {
    const cache = emptyCache()
    const assignment = endpoints('a', 80)
    put(cache, 0, 'cds', edsCluster('a', '1s'))
    put(cache, 0, 'eds', assignment)
    put(cache, 10, 'cds', edsCluster('a', '2s'))
    expect(cache.view.clusters.get('a')?.connectTimeout).toBe('1s')
    expect([...cache.takeRefresh()]).toEqual(['a'])
    expect([...cache.takeRefresh()]).toEqual([])

    put(cache, 11, 'eds', assignment)
    expect(cache.view.clusters.get('a')?.connectTimeout).toBe('2s')
  })

  test('makes do with the endpoints it had if no answer comes after a change', () => {
    const cache = emptyCache()
    put(cache, 0, 'cds', edsCluster('a', '1s', '0s'))
    put(cache, 0, 'eds', endpoints('a', 80))
    put(cache, 10, 'cds', edsCluster('a', '2s', '0s'))
    expect(cache.nextDeadline(10)).toBe(1010)

    cache.settle(1010)
    expect(cache.view.clusters.get('a')?.connectTimeout).toBe('2s')
    expect(cache.view.endpoints.has('a')).toBe(true)
  })
})

describe('a listener', () => {
  test('of ADS is not in use before all clusters are, however late', () => {
    const cache = emptyCache()
    cache.opened('lds')
    put(cache, 0, 'lds', rdsListener('l', 'r'))
    put(cache, 0, 'rds', routes('r', 'a'))
    cache.settle(1e9)
    expect(cache.view.listeners.size).toBe(0)
    expect(cache.nextDeadline(1e9)).toBe(Infinity)

    put(cache, 1e9, 'cds', staticCluster('a', 80))
    cache.opened('cds')
    cache.settle(1e9)
    expect(cache.view.listeners.has('l')).toBe(true)
    expect(cache.complete).toBe(true)
  })

  test('waits for its routes, and for no longer than they may take', () => {
    const cache = openCache()
    put(cache, 0, 'lds', rdsListener('l', 'r', '20s'), rdsListener('m', 's', '20s'))
    expect(cache.routeNames).toEqual(['r', 's'])

    put(cache, 1, 'rds', routes('r', 'a'))
    expect([...cache.view.listeners.keys()]).toEqual(['l'])
    cache.settle(20_000)
    expect([...cache.view.listeners.keys()]).toEqual(['l', 'm'])
  })

  test('that changed stays as it was until its new routes came', () => {
    const cache = openCache()
    put(cache, 0, 'lds', rdsListener('l', 'r'))
    put(cache, 0, 'rds', routes('r', 'a'))
    put(cache, 1, 'lds', rdsListener('l', 's'))
    expect(cache.view.listeners.get('l')).toEqual(rdsListener('l', 'r'))
    expect(cache.routeNames).toEqual(['r', 's'])

    put(cache, 2, 'rds', routes('s', 'a'))
    expect(cache.view.listeners.get('l')).toEqual(rdsListener('l', 's'))
    expect([...cache.view.routes.keys()]).toEqual(['s'])
  })
})

test('routes wait for a new cluster that they name, but not for ever', () => {
  const cache = openCache()
  put(cache, 0, 'lds', rdsListener('l', 'r'))
  put(cache, 0, 'rds', routes('r', 'a'))
  put(cache, 1, 'cds', edsCluster('b', '1s', '0s'))
  const changed = routes('r', 'b')
  put(cache, 2, 'rds', changed)
  expect(cache.view.routes.get('r')).not.toBe(changed)

  cache.settle(5002)
  expect(cache.view.routes.get('r')).toBe(changed)
})

test('routes do not wait for a cluster that nobody announced', () => {
  const cache = openCache()
  put(cache, 0, 'lds', rdsListener('l', 'r'))
  put(cache, 0, 'rds', routes('r', 'nowhere'))

  expect(cache.view.listeners.has('l')).toBe(true)
})

test('endpoints and routes that nothing names are not kept', () => {
  const cache = openCache()
  put(cache, 0, 'eds', endpoints('stray', 80))
  put(cache, 0, 'rds', routes('stray', 'a'))
  expect(cache.view.endpoints.size + cache.view.routes.size).toBe(0)

  put(cache, 1, 'cds', edsCluster('a'))
  put(cache, 1, 'eds', endpoints('a', 80))
  cache.apply('cds', { set: [], removed: ['a'], answered: [] }, 2)
  cache.settle(2)
  expect(cache.view.endpoints.size).toBe(0)
})

test('a view stays the same object until something in it changes', () => {
  const cache = openCache()
  const cluster = staticCluster('a', 80)
  put(cache, 0, 'cds', cluster)
  const before = cache.view
  put(cache, 1, 'cds', cluster)
  expect(cache.view).toBe(before)

  put(cache, 2, 'cds', staticCluster('b', 81))
  expect(cache.view).not.toBe(before)
  expect(cache.view.clusters.get('a')).toBe(cluster)
  expect(before.clusters.has('b')).toBe(false)
})

test('static resources are in use from the start', () => {
  const statics = { ...noStatics, clusters: [staticCluster('s', 1)], secrets: [{ name: 'key' }] }
  const cache = new ConfigCache(statics, times, 0)

  expect([...cache.view.clusters.keys()]).toEqual(['s'])
  expect([...cache.view.staticSecrets.keys()]).toEqual(['key'])
  expect(cache.isStatic('cds', 's')).toBe(true)
  expect(cache.complete).toBe(false)
})

test('a secret of the same name as a static one leaves it alone', () => {
  const own = { name: 'key', genericSecret: {} }
  const cache = new ConfigCache({ ...noStatics, secrets: [own] }, times, 0)
  const sds = { name: 'key', sdsConfig: { ads: {} } }
  const transportSocket = {
    typedConfig: { commonTlsContext: { tlsCertificateSdsSecretConfigs: [sds] } },
  }
  put(cache, 0, 'cds', { ...staticCluster('a', 80), transportSocket } as Resource)
  expect(cache.view.secrets.size).toBe(0)

  const other = { name: 'key', tlsCertificate: {} }
  put(cache, 1, 'sds', other)

  expect(cache.view.staticSecrets.get('key')).toBe(own)
  expect(cache.view.secrets.get('key')).toBe(other)
})

function emptyCache(): ConfigCache {
  return new ConfigCache(noStatics, times, 0)
}

/** A cache whose first, empty configuration is complete. */
function openCache(): ConfigCache {
  const cache = emptyCache()
  cache.opened('cds')
  cache.opened('lds')
  cache.settle(0)
  return cache
}

function put(cache: ConfigCache, now: number, type: ResourceType, ...resources: Resource[]): void {
  const set = resources.map((json) => ({ name: json.name ?? json.clusterName ?? '', json }))
  cache.apply(type, { set, removed: [], answered: [] }, now)
  cache.settle(now)
}
