import { ejecting, faulty } from './edit.ts'
import { ask, until } from './http.ts'
import { sentAtLeast, startLoad } from './load.ts'
import type { Mesh } from './mesh.ts'
import { applied } from './sync.ts'
import { type Checks, command, heading, say } from './terminal.ts'
import { countVersions, showCounts } from './traffic.ts'
import { ports, shop, type Workload, workloads } from './workloads.ts'

const perSecond = 220

/** One of three instances begins to fail under load. */
export async function ejectFailing(mesh: Mesh, checks: Checks): Promise<void> {
  heading(7, 'One of three instances fails: it is left out, and no client notices')
  await applied(mesh, ejecting)
  say(`before: ${showCounts(await countVersions(90))}`)
  const [caller, failing] = [workload('productpage-v1'), workload('reviews-v2')]
  const app = mesh.apps.get(failing.name)
  const load = startLoad(shop.url, { host: shop.host }, perSecond)
  await sentAtLeast(load, perSecond)
  command(`kill -USR2 ${app?.process.pid}   # ${failing.name} answers 502 from now on`)
  app?.process.kill('SIGUSR2')
  const flagged = await until(
    `${failing.name} to be ejected`,
    async () => (await clustersOf(caller)).find((it) => it.includes('/failed_outlier_check')),
    10_000,
  )
  say(`${caller.name} says: ${flagged}`)
  checks.check('the one that fails is ejected', flagged.includes(failing.address))
  await sentAtLeast(load, perSecond * 3)
  const { sent, ok, failures, seconds } = await load.stop()
  const retried = await sumOfStats(caller, /\|\|reviews\.[^|]*\.upstream_rq_retry$/)
  say(
    `${sent} requests in ${seconds.toFixed(1)} s (${(sent / seconds).toFixed(0)}/s): ${ok} answered 200; ${retried} tried a second time`,
  )
  checks.check('at least 200 requests a second', sent / seconds >= 200)
  checks.check('no client saw an error', ok === sent && failures.size === 0)
  checks.check('because what it failed was tried again', retried >= consecutiveErrors)
  const after = await countVersions(90)
  say(`after: ${showCounts(after)}`)
  checks.check('the other two share its traffic', [...after.keys()].join() === 'v1,v3')
  app?.process.kill('SIGUSR2')
}

/** As `edit.ts` configures them. */
const consecutiveErrors = 5

/** Faults on purpose, measured. */
export async function injectFaults(mesh: Mesh, checks: Checks): Promise<void> {
  heading(8, 'A fault on purpose: 10 % of the calls of reviews fail')
  await applied(mesh, faulty)
  const caller = workload('productpage-v1')
  const aborted = (): Promise<number> => sumOfStats(caller, /\.fault\.aborts_injected$/)
  const before = await aborted()
  const total = 1000
  const counts = await countVersions(total)
  const injected = (await aborted()) - before
  say(`${showCounts(counts)}; the sidecar of ${caller.name} aborted ${injected}`)
  const failed = total - (counts.get('v1') ?? 0)
  checks.check('every failure is one that the sidecar injected', failed === injected)
  // Five standard deviations of a fair draw: a wrong percentage fails, chance does not.
  const tolerance = 5 * Math.sqrt(total * 0.1 * 0.9)
  checks.check('about 10 % of them', Math.abs(injected - total * 0.1) <= tolerance)
}

function workload(name: string): Workload {
  const found = workloads.find((it) => it.name === name)
  if (found === undefined) throw new Error(`the tour has no ${name}`)
  return found
}

async function clustersOf({ address }: Workload): Promise<string[]> {
  return (await ask(`http://${address}:${ports.admin}/clusters`)).text.split('\n')
}

async function sumOfStats({ address }: Workload, name: RegExp): Promise<number> {
  const { text } = await ask(`http://${address}:${ports.admin}/stats`)
  return text
    .split('\n')
    .map((line) => line.split(': '))
    .filter(([key = '']) => name.test(key))
    .reduce((sum, [, value]) => sum + Number(value), 0)
}
