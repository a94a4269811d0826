// `npm run peers -- envoy debian h2spec`: installs the real programs that the interoperability tests and benchmarks run against.
import { ensurePrograms } from './debian.ts'
import { installEnvoy } from './envoy.ts'
import { installH2spec } from './h2spec.ts'

const wanted = process.argv.slice(2)
for (const name of wanted.length === 0 ? ['envoy', 'debian', 'h2spec'] : wanted) {
  if (name === 'envoy') console.log(`envoy: ${installEnvoy()}`)
  else if (name === 'h2spec') console.log(`h2spec: ${installH2spec()}`)
  else if (name === 'debian') {
    ensurePrograms({
      nginx: 'nginx-light',
      haproxy: 'haproxy',
      wrk: 'wrk',
      h2load: 'nghttp2-client',
      curl: 'curl',
    })
    console.log('nginx, haproxy, wrk, h2load, curl: on the PATH')
  } else throw new Error(`unknown peer ${JSON.stringify(name)}; known: envoy, debian, h2spec`)
}
