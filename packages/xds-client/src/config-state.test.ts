import { versionOf } from '@meshwright/xds-types'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  edsCluster,
  endpoints,
  inlineListener,
  rdsListener,
  routes,
  secret,
  staticCluster,
  tlsWaiting,
} from '../test/resources.ts'
import { resourceCodecs } from './accept/resource-codec.ts'
import type { Bootstrap } from './bootstrap/bootstrap.ts'
import { ConfigState } from './config-state.ts'
import type { AdsResponse } from './protocol/response.ts'
import { type ResourceType, resourceTypes, typeUrls } from './resource-type.ts'

/** What a control plane has, by type and name, in the wire format. */
type World = Readonly<Record<ResourceType, ReadonlyMap<string, Uint8Array>>>

const name = fc.constantFrom('a', 'b', 'c')
const port = fc.integer({ min: 1, max: 3 })
const worlds: fc.Arbitrary<World> = fc
  .record({
    cds: fc.dictionary(name, fc.record({ at: fc.option(port), secret: fc.option(name) })),
    eds: fc.dictionary(name, port),
    lds: fc.dictionary(name, fc.record({ target: name, inline: fc.boolean() })),
    rds: fc.dictionary(name, name),
    sds: fc.dictionary(name, fc.constantFrom('one', 'two')),
  })
  .map(({ cds, eds, lds, rds, sds }) => ({
    sds: encoded(sds, (it, text) => resourceCodecs.sds.write(secret(it, text))),
    cds: encoded(cds, (it, { at, secret: of }) =>
      resourceCodecs.cds.write({
        ...(at === null ? edsCluster(it) : staticCluster(it, at)),
        ...(of !== null && { transportSocket: tlsWaiting('Upstream', of) }),
      }),
    ),
    eds: encoded(eds, (it, at) => resourceCodecs.eds.write(endpoints(it, at))),
    lds: encoded(lds, (it, { target, inline }) =>
      resourceCodecs.lds.write(inline ? inlineListener(it, target) : rdsListener(it, target)),
    ),
    rds: encoded(rds, (it, cluster) => resourceCodecs.rds.write(routes(it, cluster))),
  }))

test('both variants lead to the same view, whatever came before', () => {
  fc.assert(
    fc.property(fc.array(worlds, { minLength: 1, maxLength: 5 }), (history) => {
      const sotw = newState()
      const delta = newState()
      const sent = new Map<ResourceType, ReadonlyMap<string, string>>()
      history.forEach((world, step) => {
        // Everything is answered, and every wait is over, before the world changes again.
        for (let round = 0; round < 2; round++) {
          const at = { now: step * 1e6 + round * 1e5, at: 0 }
          for (const type of resourceTypes) {
            const wanted = wantedOf(sotw, type, world)
            sotw.receive(sotwResponse(type, wanted), true, at)
            delta.receive(deltaResponse(type, wantedOf(delta, type, world), sent), false, at)
          }
          sotw.settle(at.now + 6e4)
          delta.settle(at.now + 6e4)
        }
      })
      expect(delta.view.clusters).toEqual(sotw.view.clusters)
      expect(delta.view.listeners).toEqual(sotw.view.listeners)
      expect(delta.view.secrets).toEqual(sotw.view.secrets)
      const last = history.at(-1)
      expect([...sotw.view.clusters.keys()].sort()).toEqual([...(last?.cds.keys() ?? [])].sort())
      expect([...sotw.view.listeners.keys()].sort()).toEqual([...(last?.lds.keys() ?? [])].sort())
    }),
    { numRuns: 100 },
  )
})

test('a state that is saved and restored leads to the same view', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const before = newState()
      for (let round = 0; round < 2; round++) {
        for (const type of resourceTypes) {
          before.receive(sotwResponse(type, wantedOf(before, type, world)), true, {
            now: round,
            at: 0,
          })
        }
      }
      before.settle(1e6)
      const after = newState()
      const faults = after.restore(JSON.parse(JSON.stringify(before.save())), { now: 0, at: 0 })
      after.settle(1e6)

      expect(faults).toEqual([])
      // Secrets are not saved.
      expect(after.view).toEqual({ ...before.view, secrets: new Map() })
    }),
    { numRuns: 100 },
  )
})

test('no bytes that a control plane can send do more than make a NACK', () => {
  const good = resourceCodecs.lds.write(rdsListener('l', 'r'))
  const spoiled = fc
    .array(fc.tuple(fc.nat(good.length - 1), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 4,
    })
    .map((changes) => {
      const bytes = Uint8Array.from(good)
      for (const [at, byte] of changes) bytes[at] = byte
      return bytes
    })
  fc.assert(
    fc.property(
      fc.oneof(fc.uint8Array(), spoiled),
      fc.constantFrom(...resourceTypes),
      (bytes, type) => {
        const state = newState()
        const outcome = state.receive(sotwResponse(type, new Map([['x', bytes]])), true, {
          now: 0,
          at: 0,
        })
        expect(outcome?.type).toBe(type)
      },
    ),
    { numRuns: 500 },
  )
})

test('a response of a type that nobody asked for is not for us', () => {
  const response = { ...sotwResponse('cds', new Map()), typeUrl: 'type.googleapis.com/acme.Thing' }
  expect(newState().receive(response, true, { now: 0, at: 0 })).toBeUndefined()
})

function newState(): ConfigState {
  const source = { initialFetchTimeoutMs: 15_000 }
  const bootstrap: Bootstrap = {
    node: { id: 'n' },
    admin: undefined,
    staticResources: { clusters: [], listeners: [], secrets: [] },
    ads: undefined,
    lds: source,
    cds: source,
    json: {},
  }
  return new ConfigState(
    {
      bootstrap,
      check: () => undefined,
      maxResources: 100,
      times: { rewarmMs: 1000, holdMs: 5000 },
      onWarning: () => undefined,
    },
    0,
  )
}

function encoded<Value>(
  all: Readonly<Record<string, Value>>,
  encode: (name: string, value: Value) => Uint8Array,
): ReadonlyMap<string, Uint8Array> {
  return new Map(Object.entries(all).map(([it, value]) => [it, encode(it, value)]))
}

function wantedOf(
  state: ConfigState,
  type: ResourceType,
  world: World,
): ReadonlyMap<string, Uint8Array> {
  const wanted = state.wanted(type)
  return new Map([...world[type]].filter(([it]) => wanted === '*' || wanted.includes(it)))
}

function sotwResponse(type: ResourceType, resources: ReadonlyMap<string, Uint8Array>): AdsResponse {
  const typeUrl = typeUrls[type]
  return {
    typeUrl,
    version: '1',
    nonce: 'n',
    controlPlane: '',
    resources: [...resources.values()].map((bytes) => ({
      name: undefined,
      version: '1',
      typeUrl,
      bytes,
    })),
    removed: [],
  }
}

function deltaResponse(
  type: ResourceType,
  resources: ReadonlyMap<string, Uint8Array>,
  sent: Map<ResourceType, ReadonlyMap<string, string>>,
): AdsResponse {
  const typeUrl = typeUrls[type]
  const known = sent.get(type) ?? new Map<string, string>()
  const versions = new Map([...resources].map(([it, bytes]) => [it, versionOf(bytes)]))
  sent.set(type, versions)
  return {
    typeUrl,
    version: '1',
    nonce: 'n',
    controlPlane: '',
    resources: [...resources]
      .map(([it, bytes]) => ({ name: it, version: versionOf(bytes), typeUrl, bytes }))
      .filter(({ name: it, version }) => known.get(it) !== version),
    removed: [...known.keys()].filter((it) => !versions.has(it)),
  }
}
