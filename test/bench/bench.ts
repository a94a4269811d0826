// `npm run bench -- http1|grpc|tcp|websocket|footprint|routes|algorithms [--rounds N] [--seconds N] [--check]`: one interleaved run against the peers; prints a table.
import { parseArgs } from 'node:util'
import { benchAlgorithms } from './algorithms/algorithms.ts'
import { benchFootprint } from './footprint/footprint.ts'
import { benchGrpc } from './grpc/grpc.ts'
import { benchHttp1 } from './http1/http1.ts'
import { benchRoutes } from './routes/routes.ts'
import { benchTcp } from './tcp/tcp.ts'
import { benchWebsocket } from './websocket/websocket.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '2' },
    check: { type: 'boolean', default: false },
  },
})
const benches = {
  http1: benchHttp1,
  grpc: benchGrpc,
  tcp: benchTcp,
  websocket: benchWebsocket,
  footprint: benchFootprint,
  routes: benchRoutes,
  algorithms: benchAlgorithms,
}
const name = positionals[0] ?? 'http1'
if (!(name in benches)) {
  console.error(
    `unknown benchmark ${JSON.stringify(name)}; known: ${Object.keys(benches).join(', ')}`,
  )
  process.exit(2)
}
const bench = benches[name as keyof typeof benches]
const options = {
  rounds: Number(values.rounds),
  seconds: Number(values.seconds),
  check: values.check,
}
let passed = await bench(options)
if (!passed && options.check) {
  // A regression is there in every run; what another program of the machine does is not.
  console.log('\nmeasured once more:')
  passed = await bench(options)
}
process.exitCode = passed ? 0 : 1
