// What compiling costs: `npm run bench -w @meshwright/config-compiler`.
import { readConfig } from '@meshwright/mesh-config'
import { compile, proxyFromNode } from '../src/index.ts'

const serviceCount = 1000
const rounds = 30

/** A service with three endpoints, two subsets and a canary. */
function service(n: number): string {
  const network = `10.${n >> 8}.${n & 255}`
  return `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: s${n}, namespace: default}
spec:
  hosts: [s${n}.default.svc.cluster.local]
  location: MESH_INTERNAL
  resolution: STATIC
  ports: [{number: 80, name: http, protocol: HTTP}]
  endpoints:
  - {address: ${network}.1, labels: {version: v1}, locality: a/b}
  - {address: ${network}.2, labels: {version: v1}, locality: a/c}
  - {address: ${network}.3, labels: {version: v2}, locality: a/c}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: s${n}, namespace: default}
spec:
  host: s${n}
  subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: s${n}, namespace: default}
spec:
  hosts: [s${n}]
  http:
  - route:
    - {destination: {host: s${n}, subset: v1}, weight: 90}
    - {destination: {host: s${n}, subset: v2}, weight: 10}`
}

const text = Array.from({ length: serviceCount }, (_, n) => service(n)).join('\n---')
const { snapshot, diagnostics } = readConfig([{ path: 'mesh.yaml', text }])
if (snapshot === undefined) throw new Error(JSON.stringify(diagnostics.slice(0, 3)))
const proxy = proxyFromNode({
  id: 'sidecar~10.0.0.1~s0.default~default.svc.cluster.local',
  metadata: { INTERCEPTION_MODE: 'NONE' },
})

const times = Array.from({ length: rounds }, () => {
  const start = process.cpuUsage()
  compile(snapshot, proxy)
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1000
}).sort((a, b) => a - b)

process.stdout.write(
  `${JSON.stringify({
    serviceCount,
    clusterCount: compile(snapshot, proxy).clusters.length,
    medianCpuMs: times[rounds >> 1],
    leastCpuMs: times[0],
    node: process.version,
  })}\n`,
)
