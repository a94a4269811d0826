// Bookinfo on loopback: a control plane, an ingress, six programs that know of no mesh, and a sidecar for each.
// `npm run demo` takes the tour; `npm run demo -- --keep` leaves the mesh running until Ctrl-C.
import { Mesh } from './tour/mesh.ts'
import { steps } from './tour/steps.ts'
import { Checks, say } from './tour/terminal.ts'
import { controlPlane, ingress, ports, shop, workloads } from './tour/workloads.ts'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 21) || (major === 24 && minor < 5)) {
  console.error(
    `The demo's programs read http_proxy, which takes Node 22.21 or 24.5; this is ${process.version}.`,
  )
  process.exit(2)
}
const keep = process.argv.includes('--keep')
const started = performance.now()
const mesh = new Mesh()
const checks = new Checks()
const interrupted = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
})
process.once('exit', () => mesh.children.killAll())

const outcome = await Promise.race([
  tour().catch((error: Error) => error),
  interrupted.then(() => 'interrupted' as const),
])
if (outcome instanceof Error) console.error(`\nThe tour ended early: ${outcome.message}`)
if (outcome === undefined && keep) {
  printAddresses()
  await interrupted
}
await mesh.end()
process.exit(outcome === undefined && checks.all.every((it) => it.held) ? 0 : 1)

async function tour(): Promise<void> {
  console.log('Starting a control plane, an ingress, six programs and their sidecars …')
  await mesh.start()
  say(
    `up after ${((performance.now() - started) / 1000).toFixed(1)} s; configuration in ${mesh.config}`,
  )
  for (const step of steps) await step(mesh, checks)
  const failed = checks.all.filter((it) => !it.held)
  const seconds = (performance.now() - started) / 1000
  console.log(
    `\n${checks.all.length - failed.length} passed, ${failed.length} failed in ${seconds.toFixed(0)} s`,
  )
  for (const { claim } of failed) console.log(`   ✘ ${claim}`)
}

function printAddresses(): void {
  console.log('\nThe mesh runs until Ctrl-C:')
  say(`shop            curl -H 'Host: ${shop.host}' ${shop.url}`)
  say(`control plane   http://${controlPlane.debug}/debug/syncz`)
  say(`configuration   ${mesh.config}`)
  for (const { name, address } of [...workloads, ingress]) {
    say(`${name.padEnd(15)} http://${address}:${ports.admin}/  (admin)`)
  }
}
