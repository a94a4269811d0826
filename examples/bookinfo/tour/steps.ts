import { join } from 'node:path'
import { envoyHint, findEnvoy } from '../../../test/peers/envoy.ts'
import { allTo, broken, canary, edit, forJason } from './edit.ts'
import { ejectFailing, injectFaults } from './failures.ts'
import { ask, until } from './http.ts'
import { sentAtLeast, startLoad } from './load.ts'
import { hasPython, type Mesh } from './mesh.ts'
import { explainOneRequest, proveEditHarmless } from './routing-proofs.ts'
import { ackedRoutes, applied, syncz } from './sync.ts'
import { type Checks, command, heading, say } from './terminal.ts'
import { countVersions, openPage, pageOf, showCounts } from './traffic.ts'
import { controlPlane, ports, shop, workloads } from './workloads.ts'

const curl = `curl -s -H 'Host: ${shop.host}' ${shop.url}`
const propagationLimitMs = 1_000

/** One stop of the tour. */
export type Step = (mesh: Mesh, checks: Checks) => Promise<void>

export const steps: readonly Step[] = [
  seeTraffic,
  shiftTraffic,
  routeOneUser,
  explainOneRequest,
  proveEditHarmless,
  editLive,
  ejectFailing,
  injectFaults,
  refuseBroken,
  loseControlPlane,
  swapInEnvoy,
]

async function seeTraffic(mesh: Mesh, checks: Checks): Promise<void> {
  heading(1, 'Traffic enters by the ingress and passes a sidecar at every hop')
  command(curl)
  const id = '00000000-0000-4000-8000-000000000001'
  edit(mesh.config, allTo('v3'))
  const answer = await until(
    'a page with ratings',
    async () => {
      const page = await openPage({ 'x-request-id': id })
      return page.status === 200 && page.text.includes('stars') ? page : undefined
    },
    5_000,
  )
  say(answer.text.trim())
  checks.check('the product page answers 200', answer.status === 200)
  const language = pageOf(answer.text).reviews.ratings?.language
  checks.check(`ratings is a ${language} program`, language === (hasPython ? 'python' : 'node'))
  const hops = await until('the access logs', async () => callsOf(mesh), 5_000)
  say('who called whom, from the access logs of the sidecars:')
  for (const hop of hops) say(`  ${hop}`)
  const wanted = ['productpage → details', 'productpage → reviews', 'reviews → ratings']
  checks.check(
    'every call of the page stands in a log',
    wanted.every((it) => hops.includes(it)),
  )
}

/** Calls that sidecars logged on their outbound listener, as `caller → callee`. */
function callsOf(mesh: Mesh): string[] | undefined {
  const calls = new Set<string>()
  for (const { name, app } of workloads) {
    for (const line of mesh.proxies.get(name)?.lines ?? []) {
      const [, callee] = /"upstream_cluster":"outbound\|9080\|[^|]*\|([a-z]+)\./.exec(line) ?? []
      if (callee !== undefined) calls.add(`${app} → ${callee}`)
    }
  }
  return calls.size >= 3 ? [...calls].sort() : undefined
}

async function shiftTraffic(mesh: Mesh, checks: Checks): Promise<void> {
  heading(2, 'A canary: 90 % to v1, 10 % to v3')
  command(`$EDITOR ${join(mesh.config, 'reviews.yaml')}`)
  await applied(mesh, canary)
  const total = 500
  command(`for i in $(seq ${total}); do ${curl}; done | grep -o '"version":"v."' | sort | uniq -c`)
  const counts = await countVersions(total)
  say(showCounts(counts))
  const [v1, v3] = [counts.get('v1') ?? 0, counts.get('v3') ?? 0]
  checks.check(`${total} answers, all from v1 or v3`, v1 + v3 === total)
  // Five standard deviations of a fair draw: a wrong weight fails, chance does not.
  const tolerance = 5 * Math.sqrt(total * 0.1 * 0.9)
  checks.check('about 10 % of them from v3', Math.abs(v3 - total * 0.1) <= tolerance && v3 > 0)
}

async function routeOneUser(mesh: Mesh, checks: Checks): Promise<void> {
  heading(3, 'One user sees v2')
  await applied(mesh, forJason)
  command(`${curl} -H 'end-user: jason'`)
  const jason = await countVersions(20, { 'end-user': 'jason' })
  const others = await countVersions(20)
  say(`jason: ${showCounts(jason)}; everyone else: ${showCounts(others)}`)
  checks.check('jason sees v2, always', jason.get('v2') === 20)
  checks.check('everyone else sees v1, always', others.get('v1') === 20)
}

async function editLive(mesh: Mesh, checks: Checks): Promise<void> {
  heading(6, 'A change reaches every proxy')
  command(`$EDITOR reviews.yaml; curl -s http://${controlPlane.debug}/debug/syncz`)
  const ms = await applied(mesh, allTo('v3'))
  const proxies = await syncz()
  say(
    `${proxies.length} proxies acknowledged the change ${ms.toFixed(0)} ms after the file was written`,
  )
  checks.check(
    `all ${workloads.length + 1} proxies follow`,
    proxies.length === workloads.length + 1,
  )
  checks.check('in less than a second', ms < propagationLimitMs)
  const counts = await countVersions(20)
  checks.check('and traffic goes to v3', counts.get('v3') === 20)
}

async function refuseBroken(mesh: Mesh, checks: Checks): Promise<void> {
  heading(9, 'A broken file is refused, with its line; traffic stays as it is')
  await applied(mesh, allTo('v3'))
  const before = ackedRoutes(await syncz())
  const line = broken.split('\n').findIndex((it) => it.includes('destinaton')) + 1
  const refusal = mesh.controlPlane?.waitForLine(new RegExp(`reviews\\.yaml:${line}:\\d+`), 5_000)
  edit(mesh.config, broken)
  command(`meshwright validate ${mesh.config}`)
  say((await refusal) ?? '')
  checks.check(`the fault is named with its line, ${line}`, true)
  const counts = await countVersions(20)
  checks.check('traffic still goes to v3', counts.get('v3') === 20)
  const after = ackedRoutes(await syncz())
  checks.check(
    'no proxy was sent anything',
    [...after].every(([name, it]) => before.get(name) === it),
  )
}

async function loseControlPlane(mesh: Mesh, checks: Checks): Promise<void> {
  heading(10, 'The control plane dies under load')
  edit(mesh.config, allTo('v3'))
  const perSecond = 220
  const load = startLoad(shop.url, { host: shop.host }, perSecond)
  await sentAtLeast(load, perSecond)
  command(`kill -9 ${mesh.controlPlane?.process.pid}`)
  await mesh.controlPlane?.end('SIGKILL')
  await sentAtLeast(load, perSecond * 4)
  say('started again; it has the last good configuration')
  await mesh.startControlPlane()
  await until(
    'every proxy to come back',
    async () => ((await syncz()).length === workloads.length + 1 ? true : undefined),
    60_000,
  )
  await sentAtLeast(load, perSecond * 6)
  const { sent, ok, failures, seconds } = await load.stop()
  const rate = sent / seconds
  const failed =
    [...failures].map(([what, count]) => `${count} × ${what}`).join(', ') || 'none failed'
  say(
    `${sent} requests in ${seconds.toFixed(1)} s (${rate.toFixed(0)}/s): ${ok} answered 200, ${failed}`,
  )
  checks.check('at least 200 requests a second for at least 5 s', rate >= 200 && seconds >= 5)
  checks.check('no request failed, no connection was reset', ok === sent && failures.size === 0)
  const ms = await applied(mesh, allTo('v2'))
  const counts = await countVersions(20)
  checks.check(`the next change arrives (${ms.toFixed(0)} ms)`, counts.get('v2') === 20)
}

async function swapInEnvoy(mesh: Mesh, checks: Checks): Promise<void> {
  heading(11, 'Real Envoy takes the place of one sidecar')
  const envoy = findEnvoy()
  if (envoy === undefined) {
    say(`no Envoy on this machine, so this step is left out. To get one: ${envoyHint}`)
    if (process.env['CI'] !== undefined) checks.check('Envoy is there', false)
    return
  }
  const reviews = workloads.find((it) => it.name === 'reviews-v2')
  if (reviews === undefined) throw new Error('the tour has no reviews-v2')
  await mesh.proxies.get(reviews.name)?.end('SIGTERM')
  command(`envoy -c ${reviews.name}.yaml`)
  const flags = ['--disable-hot-restart', '--concurrency', '1', '-l', 'warning', '-c']
  // Envoy opens /dev/stdout anew for its access log, which fails on the socket that Node makes of a pipe.
  const toFile = ['sh', '-c', `exec "$@" > '${join(mesh.folder, 'envoy.log')}'`, 'sh']
  mesh.startProxy(reviews, [...toFile, envoy, ...flags])
  await mesh.ready(reviews)
  const admin = `http://${reviews.address}:${ports.admin}`
  const version = (await ask(`${admin}/server_info`)).text.match(/"version": "([^"]+)"/)?.[1]
  say(`its admin page says: ${version}`)
  const counts = await countVersions(20)
  checks.check('the page is served through it', counts.get('v2') === 20)
  const stats = (await ask(`${admin}/stats?filter=update_(rejected|success)$`)).text
  const rejected = [...stats.matchAll(/update_rejected: (\d+)/g)].map(([, count]) => Number(count))
  const accepted = [...stats.matchAll(/update_success: (\d+)/g)].map(([, count]) => Number(count))
  const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0)
  say(`updates accepted: ${sum(accepted)}, rejected: ${sum(rejected)}`)
  checks.check(
    'it accepted what we sent and rejected nothing',
    sum(accepted) > 0 && sum(rejected) === 0,
  )
}
