// `npm run peers -- envoy debian`: installs the real programs that the interoperability tests and benchmarks run against.
import { ensurePrograms } from './debian.ts'
import { installEnvoy } from './envoy.ts'

const wanted = process.argv.slice(2)
for (const name of wanted.length === 0 ? ['envoy', 'debian'] : wanted) {
  if (name === 'envoy') console.log(`envoy: ${installEnvoy()}`)
  else if (name === 'debian') {
    ensurePrograms({ nginx: 'nginx-light', haproxy: 'haproxy', wrk: 'wrk', curl: 'curl' })
    console.log('nginx, haproxy, wrk, curl: on the PATH')
  } else throw new Error(`unknown peer ${JSON.stringify(name)}; known: envoy, debian`)
}
