// Replays 1 000 000 made-up log lines against two configurations of 1 000 routes, with no more than 256 MiB of heap:
// `npm run bench -w @meshwright/route-analysis`, perhaps with `-- LINES`.
import { performance } from 'node:perf_hooks'
import type { RouteConfigurationJson } from '@meshwright/route-matcher'
import { createReplay, readAccessLog } from '../src/index.ts'

const lines = Number(process.argv[2] ?? 1_000_000)
const services = 1000

/** One route per service; every tenth is split by weight, every third looks at a header. */
function configuration(moved: number): RouteConfigurationJson {
  const routes = Array.from({ length: services }, (_, i) => ({
    match: {
      prefix: `/service-${i}/`,
      ...(i % 3 === 0
        ? { headers: [{ name: 'user-agent', stringMatch: { prefix: 'curl' } }] }
        : {}),
    },
    route:
      i % 10 === 0
        ? {
            weightedClusters: {
              clusters: [
                { name: `v1-${i}`, weight: 90 },
                { name: `v2-${i}`, weight: 10 },
              ],
            },
          }
        : { cluster: `v1-${i % 100 < moved ? `moved-${i}` : i}` },
  }))
  return { virtualHosts: [{ name: 'all', domains: ['*'], routes }] }
}

function* textLines(): Generator<string> {
  for (let i = 0; i < lines; i++) {
    yield `[2024-04-15T20:17:00.310Z] "GET /service-${(i * 7) % services}/items/${i}?page=2 HTTP/1.1" 200 - 0 135 4 4 "10.0.35.28" "curl/7.29.0" "cc21d9b0-cf5c-432b-8c7e-${i}" "shop.example" "10.0.2.1:80"`
  }
}

function* jsonLines(): Generator<string> {
  for (let i = 0; i < lines; i++) {
    yield `{"authority":"shop.example","bytes_received":0,"method":"GET","path":"/service-${(i * 7) % services}/items/${i}","protocol":"HTTP/1.1","request_id":"cc21d9b0-${i}","response_code":200,"response_flags":"-","route_name":"default","start_time":"2024-04-15T20:17:00.310Z","upstream_cluster":"v1-1","user_agent":"curl/7.29.0"}`
  }
}

for (const [name, log] of [
  ['text', textLines()],
  ['json', jsonLines()],
] as const) {
  const start = performance.now()
  const running = createReplay(configuration(0), configuration(20))
  for (const entry of readAccessLog(log)) running.add(entry)
  const { verdicts, unreadable } = running.report()
  const seconds = (performance.now() - start) / 1000
  const rate = Math.round((lines / seconds) * 60)
  const heapMiB = Math.round(process.memoryUsage().heapUsed / 2 ** 20)
  process.stdout.write(
    `${name}: ${lines} lines in ${seconds.toFixed(1)} s, ${rate} a minute; heap ${heapMiB} MiB; ${JSON.stringify(verdicts)}, unreadable ${unreadable.count}\n`,
  )
}
