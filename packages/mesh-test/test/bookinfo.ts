import type { SourceFile } from '@meshwright/mesh-config'

const services = ['reviews', 'ratings', 'productpage']
  .map(
    (name) => `
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: default }
spec:
  clusterIP: 10.0.0.${name.length}
  ports: [{ name: http, port: 9080 }]
`,
  )
  .join('---')

const reviews = `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: reviews, namespace: default }
spec:
  host: reviews
  subsets:
    - { name: v1, labels: { version: v1 } }
    - { name: v2, labels: { version: v2 } }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: reviews, namespace: default }
spec:
  hosts: [reviews]
  http:
    - name: jason
      match:
        - headers: { end-user: { exact: jason } }
      route:
        - destination: { host: reviews, subset: v2 }
      timeout: 5s
      retries: { attempts: 3, perTryTimeout: 2s, retryOn: 'gateway-error,connect-failure' }
      mirror: { host: ratings }
      mirrorPercentage: { value: 25 }
      headers:
        request: { set: { x-team: blue }, remove: [cookie] }
        response: { add: { x-served-by: mesh }, remove: [server] }
    - match:
        - uri: { prefix: /old }
      rewrite: { uri: /new, authority: reviews.example.org }
      route:
        - destination: { host: reviews, subset: v1 }
    - match:
        - uri: { prefix: /moved }
      redirect: { uri: /here, authority: example.org, redirectCode: 302 }
    - match:
        - uri: { exact: /teapot }
      directResponse: { status: 418, body: { string: short and stout } }
    - match:
        - uri: { prefix: /slow }
      fault:
        delay: { fixedDelay: 7s, percentage: { value: 100 } }
        abort: { httpStatus: 503, percentage: { value: 12.5 } }
      route:
        - destination: { host: reviews, subset: v1 }
    - match:
        - uri: { prefix: / }
      route:
        - { destination: { host: reviews, subset: v1 }, weight: 90 }
        - { destination: { host: reviews, subset: v2 }, weight: 10 }
`

const door = `apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: door, namespace: default }
spec:
  selector: { istio: ingressgateway }
  servers:
    - port: { number: 8080, name: http, protocol: HTTP }
      hosts: [bookinfo.example.org]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: bookinfo, namespace: default }
spec:
  hosts: [bookinfo.example.org]
  gateways: [door]
  http:
    - match:
        - uri: { exact: /productpage }
      route:
        - destination: { host: productpage }
`

/** A small mesh: reviews with every kind of rule, ratings and productpage without, and a gateway. */
export const bookinfo: readonly SourceFile[] = [
  { path: 'mesh/services.yaml', text: services },
  { path: 'mesh/reviews.yaml', text: reviews },
  { path: 'mesh/door.yaml', text: door },
]

/** The line of `mesh/reviews.yaml` on which `text` stands first. */
export function reviewsLine(text: string): number {
  return reviews.slice(0, reviews.indexOf(text)).split('\n').length
}
