import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const destinationRule = `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: reviews, namespace: default }
spec:
  host: reviews
  subsets:
    - { name: v1, labels: { version: v1 } }
    - { name: v2, labels: { version: v2 } }
    - { name: v3, labels: { version: v3 } }
---
`

const routesHead = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: reviews, namespace: default }
spec:
  hosts: [reviews]
  http:
`

/** Ninety of a hundred requests to v1, ten to v3. */
export const canary: string = `${destinationRule}${routesHead}    - route:
        - destination: { host: reviews, subset: v1 }
          weight: 90
        - destination: { host: reviews, subset: v3 }
          weight: 10
`

/** One user sees v2, everyone else v1. */
export const forJason: string = `${destinationRule}${routesHead}    - match:
        - headers: { end-user: { exact: jason } }
      route:
        - destination: { host: reviews, subset: v2 }
    - route:
        - destination: { host: reviews, subset: v1 }
`

/** {@link forJason} put in other words: writes apart from reads, and a rule for each. */
export const forJasonReworded: string = `${destinationRule}${routesHead}    - match:
        - method: { regex: 'POST|PUT|DELETE|PATCH' }
          headers: { end-user: { exact: jason } }
      route:
        - destination: { host: reviews, subset: v2 }
    - match:
        - headers: { end-user: { regex: 'jason' } }
      route:
        - destination: { host: reviews, subset: v2 }
    - match:
        - uri: { prefix: /reviews }
      route:
        - destination: { host: reviews, subset: v1 }
    - route:
        - destination: { host: reviews, subset: v1 }
`

/** {@link forJason} with a prefix where an exact name was meant. */
export const forJasonAndMore: string = forJason.replace('exact: jason', 'prefix: jas')

/** Everything to one version. */
export function allTo(version: string): string {
  return `${destinationRule}${routesHead}    - route:
        - destination: { host: reviews, subset: ${version} }
`
}

/** All three versions behind one name; one that fails five times in a row is left out, and what it failed is tried again. */
export const ejecting: string = `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: reviews, namespace: default }
spec:
  host: reviews
  trafficPolicy:
    outlierDetection:
      consecutive5xxErrors: 5
      interval: 1s
      baseEjectionTime: 30s
      maxEjectionPercent: 50
---
${routesHead}    - route:
        - destination: { host: reviews }
      retries: { attempts: 2, retryOn: 5xx }
`

/** Of a hundred calls of reviews, ten are answered with 503 before they leave the caller's sidecar. */
export const faulty: string = `${destinationRule}${routesHead}    - fault:
        abort: { percentage: { value: 10 }, httpStatus: 503 }
      route:
        - destination: { host: reviews, subset: v1 }
`

/** A file with a slip of the pen in it: `destinaton`. */
export const broken: string = forJason.replace(
  'destination: { host: reviews, subset: v2 }',
  'destinaton: { host: reviews, subset: v2 }',
)

/** Puts a new reviews.yaml in the place of the old in one step, as an editor does. */
export function edit(config: string, text: string): void {
  const beside = join(config, '.reviews.yaml.new')
  writeFileSync(beside, text)
  renameSync(beside, join(config, 'reviews.yaml'))
}
