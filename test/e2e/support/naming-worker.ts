// A worker that names itself in every answer: the CORS filter is replaced by one that says its process id.
import process from 'node:process'
import { runProxyWorker } from '@meshwright/mini-proxy'

const type = 'envoy.extensions.filters.http.cors.v3.Cors'

runProxyWorker({
  httpFilters: [
    {
      configTypes: [type],
      create: () => () => ({
        onResponse(head) {
          head.headers.append('x-worker', `${process.pid}`)
          return 'continue'
        },
      }),
    },
  ],
})
