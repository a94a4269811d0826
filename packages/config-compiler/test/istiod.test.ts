import { readFileSync } from 'node:fs'
import { readConfig } from '@meshwright/mesh-config'
import type { AnyMessageType } from '@meshwright/xds-types'
import { Cluster } from '@meshwright/xds-types/envoy/config/cluster/v3'
import { ClusterLoadAssignment } from '@meshwright/xds-types/envoy/config/endpoint/v3'
import { Listener } from '@meshwright/xds-types/envoy/config/listener/v3'
import { RouteConfiguration } from '@meshwright/xds-types/envoy/config/route/v3'
import { describe, expect, test } from 'vitest'
import { compile, type NodeJson, proxyFromNode, type Resources } from '../src/index.ts'
import { acceptedDifferences, covers } from './istiod/accepted-differences.ts'
import { type Difference, differences } from './istiod/difference.ts'

const fixtures = new URL('../../../test/fixtures/istiod/', import.meta.url)

// Where the recording nodes said they were.
const locality = { region: 'region1', zone: 'zone1' }
const domain = 'default.svc.cluster.local'

const nodes: Readonly<Record<string, NodeJson>> = {
  'reviews-none': {
    id: `sidecar~127.0.1.3~reviews-v1.default~${domain}`,
    metadata: { INTERCEPTION_MODE: 'NONE', LABELS: { app: 'reviews', version: 'v1' } },
    locality,
  },
  'reviews-redirect': {
    id: `sidecar~127.0.1.3~reviews-v1.default~${domain}`,
    metadata: { INTERCEPTION_MODE: 'REDIRECT', LABELS: { app: 'reviews', version: 'v1' } },
    locality,
  },
  'ratings-redirect': {
    id: `sidecar~127.0.1.6~ratings-v1.default~${domain}`,
    metadata: { INTERCEPTION_MODE: 'REDIRECT', LABELS: { app: 'ratings', version: 'v1' } },
    locality,
  },
  ingress: {
    id: `router~127.0.1.100~ingress.default~${domain}`,
    metadata: { LABELS: { istio: 'ingressgateway' } },
    locality,
  },
  grpc: {
    id: `sidecar~127.0.1.7~client.default~${domain}`,
    metadata: { GENERATOR: 'grpc' },
    locality,
  },
}

const types: Readonly<Record<keyof Resources, AnyMessageType>> = {
  clusters: Cluster,
  endpoints: ClusterLoadAssignment,
  listeners: Listener,
  routes: RouteConfiguration,
}

function read(name: string): string {
  return readFileSync(new URL(name, fixtures), 'utf8')
}

function snapshot(): NonNullable<ReturnType<typeof readConfig>['snapshot']> {
  // What protects is refused until it is enforced.
  const documents = read('config.yaml').split(/^---$/m)
  const text = documents.filter((document) => !/^apiVersion: security/m.test(document)).join('---')
  const result = readConfig([
    { path: 'config.yaml', text },
    { path: 'mesh.yaml', text: read('mesh.yaml') },
  ])
  if (result.snapshot === undefined) throw new Error(JSON.stringify(result.diagnostics, null, 2))
  return result.snapshot
}

/** Both sides in canonical JSON, so that only differences in meaning are left. */
function canonical(resources: Partial<Record<keyof Resources, readonly unknown[]>>): unknown {
  return Object.fromEntries(
    Object.entries(types)
      .filter(([list]) => resources[list as keyof Resources] !== undefined)
      .map(([list, type]) => [
        list,
        resources[list as keyof Resources]?.map((json) => type.toJson(type.fromJson(json))),
      ]),
  )
}

function found(file: string): readonly Difference[] {
  const theirs = JSON.parse(read(`${file}.json`))
  const ours: Partial<Record<keyof Resources, readonly unknown[]>> = compile(
    snapshot(),
    proxyFromNode(nodes[file] ?? {}),
  )
  // A gRPC client asks by name, so the recording has only what it asked for.
  const asked = Object.fromEntries(
    Object.keys(theirs).map((list) => [list, ours[list as keyof Resources] ?? []]),
  )
  return differences(canonical(theirs), canonical(asked))
}

const files = Object.keys(nodes)
const all = new Map(files.map((file) => [file, found(file)]))
const accepted = acceptedDifferences()

describe('against what a real istiod answers', () => {
  test.each(files)('%s differs only where the list of accepted differences says so', (file) => {
    const unlisted = (all.get(file) ?? []).filter(
      (difference) => !accepted.some((entry) => covers(entry, file, difference)),
    )
    expect(unlisted).toEqual([])
  })

  test('every accepted difference still exists in every file it names, and has a reason', () => {
    const stale = accepted.flatMap((entry) =>
      entry.files
        .filter((file) => !(all.get(file) ?? []).some((found) => covers(entry, file, found)))
        .map((file) => `${file}: ${entry.path}`),
    )
    expect(stale).toEqual([])
    expect(accepted.filter(({ reason }) => reason.length < 20)).toEqual([])
  })
})
