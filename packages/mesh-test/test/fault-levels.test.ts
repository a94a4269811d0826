import '@meshwright/mesh-test/vitest'
import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { createMesh } from '../src/index.ts'

const fault = {
  '@type': 'type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault',
  abort: { http_status: 503, percentage: { numerator: 100 } },
}
const wrapped = (more: object) => ({
  '@type': 'type.googleapis.com/envoy.config.route.v3.FilterConfig',
  ...more,
})
const said = (config: object) => ({
  typed_per_filter_config: { 'envoy.filters.http.fault': config },
})
const route = (prefix: string, more: object) => ({
  match: { prefix },
  route: { cluster: 'c' },
  ...more,
})

test('a fault counts through the wrapper of a filter configuration, and not where the filter is disabled', () => {
  const text = stringify({
    name: 'local',
    virtual_hosts: [
      {
        name: 'all',
        domains: ['*'],
        ...said(fault),
        routes: [
          route(
            '/wrapped',
            said(wrapped({ config: { ...fault, abort: { ...fault.abort, http_status: 555 } } })),
          ),
          route('/on', said(wrapped({ config: {} }))),
          route('/off', said(wrapped({ disabled: true }))),
          route('/', {}),
        ],
      },
    ],
  })
  const mesh = createMesh({ files: [{ path: 'envoy.yaml', text }] })
  const faultAt = (path: string) => mesh.request(`GET http://shop${path}`).fault?.abort?.httpStatus

  expect(['/wrapped', '/on', '/off', '/'].map(faultAt)).toEqual([555, 503, undefined, 503])
})
