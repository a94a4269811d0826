import { readFileSync } from 'node:fs'
import { DestinationRule } from '@kubernetes-models/istio/networking.istio.io/v1/DestinationRule'
import { Gateway } from '@kubernetes-models/istio/networking.istio.io/v1/Gateway'
import { ServiceEntry } from '@kubernetes-models/istio/networking.istio.io/v1/ServiceEntry'
import { Sidecar } from '@kubernetes-models/istio/networking.istio.io/v1/Sidecar'
import { VirtualService } from '@kubernetes-models/istio/networking.istio.io/v1/VirtualService'
import { WorkloadEntry } from '@kubernetes-models/istio/networking.istio.io/v1/WorkloadEntry'
import { seededRandom } from '@meshwright/testkit'
import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { readConfig } from '../src/index.ts'

// The validators are generated from the CRDs of Istio 1.29: they know types and enums, but take
// unknown fields, any duration and any port. So what they refuse we must refuse, not the reverse.

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }
interface Document {
  readonly kind: string
  readonly metadata: Json
  readonly spec: Json
}

const validators = {
  DestinationRule,
  Gateway,
  ServiceEntry,
  Sidecar,
  VirtualService,
  WorkloadEntry,
}

function crdAccepts(document: Document): boolean {
  const Kind = validators[document.kind as keyof typeof validators]
  try {
    new Kind(document as never).validate()
    return true
  } catch {
    return false
  }
}

/** Faults of the document itself: what it refers to is not there. */
function weAccept(document: Document): boolean {
  const { diagnostics } = readConfig([{ path: 'a.json', text: JSON.stringify(document) }])
  return diagnostics.every(
    ({ severity, code }) => severity !== 'error' || code === 'ERR_CONFIG_REFERENCE',
  )
}

const richer = `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: rich}
spec:
  host: a.test
  workloadSelector: {matchLabels: {a: b}}
  trafficPolicy:
    tls: {mode: DISABLE}
    loadBalancer: {consistentHash: {httpCookie: {name: a, path: /, ttl: 1s}, ringHash: {minimumRingSize: 10}}, localityLbSetting: {distribute: [{from: a, to: {b: 100}}], enabled: true}, warmup: {duration: 10s, aggression: 2}}
    portLevelSettings: [{port: {number: 80}, connectionPool: {tcp: {tcpKeepalive: {probes: 3, time: 5s}}, http: {h2UpgradePolicy: UPGRADE, idleTimeout: 5s}}}]
---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: rich}
spec:
  workloadSelector: {labels: {a: b}}
  ingress: [{port: {number: 80, protocol: HTTP, name: http}, bind: 127.0.0.1, captureMode: NONE, defaultEndpoint: "127.0.0.1:8080"}]
  egress: [{port: {number: 81, protocol: HTTP_PROXY, name: p}, bind: 127.0.0.1, hosts: ["./*"]}]
  outboundTrafficPolicy: {mode: REGISTRY_ONLY}
---
apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: {name: rich}
spec: {address: 10.0.0.1, ports: {http: 80}, labels: {a: b}, network: n, locality: a/b/c, weight: 1, serviceAccount: s}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: rich}
spec:
  hosts: [a.test]
  tls: [{match: [{sniHosts: [a.test], port: 443}], route: [{destination: {host: a.test, port: {number: 443}}, weight: 1}]}]
  http: [{name: a, match: [{ignoreUriCase: true, uri: {prefix: /a}, sourceLabels: {a: b}, statPrefix: a}], redirect: {uri: /b, derivePort: FROM_REQUEST_PORT, redirectCode: 301}}]
`

const fixture = readFileSync(
  new URL('../../../test/fixtures/istiod/config.yaml', import.meta.url),
  'utf8',
)
const documents = [fixture, richer]
  .flatMap((text) => parseAllDocuments(text).map((document) => document.toJS() as Document))
  .filter(({ kind }) => kind in validators)

test.each(documents.map((document) => [document.kind, document] as const))(
  'takes a good %s, as the schema of Istio does',
  (_, document) => {
    expect(crdAccepts(document)).toBe(true)
    expect(weAccept(document)).toBe(true)
  },
)

/** A copy with one value at a random place replaced by one of another type. */
function mutated(value: Json, random: () => number): Json {
  const names = typeof value === 'object' && value !== null ? Object.keys(value) : []
  if (names.length === 0 || random() < 0.15) {
    return [1.5, 'x', true, ['x'], { x: 'y' }, -1][Math.floor(random() * 6)] ?? 'x'
  }
  const name = names[Math.floor(random() * names.length)] ?? ''
  const copy = structuredClone(value) as { [name: string]: Json }
  copy[name] = mutated(copy[name] ?? null, random)
  return copy as Json
}

test('refuses whatever the schema of Istio refuses', () => {
  const random = seededRandom(20_261_121)
  let refused = 0
  const tooMild: string[] = []
  for (let round = 0; round < 1500; round += 1) {
    const original = documents[round % documents.length] as Document
    const document = { ...original, spec: mutated(original.spec, random) }
    if (crdAccepts(document)) continue
    refused += 1
    if (weAccept(document)) tooMild.push(JSON.stringify(document))
  }

  expect(refused).toBeGreaterThan(300)
  expect(tooMild).toEqual([])
})
