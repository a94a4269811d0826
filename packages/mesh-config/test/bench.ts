import { type ConfigState, readConfig } from '../src/index.ts'

// How long 10,000 virtual services take: read anew, read again unchanged, one document changed.
// node --conditions=@meshwright/source packages/mesh-config/test/bench.ts

const amount = 10_000

function document(index: number, weight: number): string {
  return `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: route-${index}
  namespace: ns-${index % 100}
spec:
  hosts:
  - host-${index}.example.org
  http:
  - name: canary
    match:
    - uri:
        prefix: /api/v${index % 5}
      headers:
        x-user:
          exact: jason
    route:
    - destination:
        host: backend.test
      weight: ${weight}
    timeout: 5s
  - route:
    - destination:
        host: backend.test
`
}

const service = `apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: backend}
spec: {hosts: [backend.test], resolution: DNS, ports: [{number: 80, name: http}]}
`

function text(changed: number): string {
  const documents = Array.from({ length: amount }, (_, index) =>
    document(index, index === changed ? 2 : 1),
  )
  return [service, ...documents].join('---\n')
}

function timed(what: string, content: string, previous?: ConfigState): ConfigState {
  const begin = performance.now()
  const files = [{ path: 'all.yaml', text: content }]
  const { state, snapshot, diagnostics } = readConfig(
    files,
    previous === undefined ? {} : { previous },
  )
  const took = performance.now() - begin
  if (snapshot === undefined) throw new Error(`${diagnostics[0]?.message}`)
  process.stdout.write(`${what.padEnd(24)} ${took.toFixed(0).padStart(6)} ms\n`)
  return state
}

const original = text(-1)
process.stdout.write(`${amount} VirtualServices, ${(original.length / 1e6).toFixed(1)} MB\n`)
const state = timed('read anew', original)
timed('nothing changed', original, state)
timed('one document changed', text(amount / 2), state)
