import { expect, it } from 'vitest'
import { costRows, type Report, requireAnswers, rowOf } from './cost-rows.ts'
import type { Sample } from './proxy-rounds.ts'

const sample = (microsecondsPerRequest: number, more: Partial<Report> = {}): Sample<Report> => ({
  microsecondsPerRequest,
  requests: 100,
  perSecond: 100,
  errors: 0,
  ...more,
})

it('compares proxies within each round, so that a machine that slows down changes no ratio', () => {
  const samples = new Map([
    ['nginx', [sample(10), sample(20), sample(40)]],
    ['envoy', [sample(20), sample(40), sample(80)]],
    ['mini-proxy', [sample(15), sample(30), sample(60)]],
  ])
  const row = rowOf(costRows('load', samples), 'load', 'mini-proxy')
  expect(row).toMatchObject({ cpuMicroseconds: 30, cpuToNginx: 1.5, cpuToEnvoy: 0.75 })
  expect(row.cpuToHaproxy).toBeNaN()
})

it('gives the medians of latencies where they are known', () => {
  const known = [1, 5, 3].map((p99) => sample(1, { p50: p99 / 10, p99 }))
  const samples = new Map([
    ['nginx', known],
    ['envoy', [sample(1)]],
  ])
  const [nginx, envoy] = costRows('load', samples)
  expect(nginx).toMatchObject({ p50: 0.3, p99: 3, requests: 300 })
  expect(envoy).not.toHaveProperty('p99')
})

it('takes no result in which a request was not answered as it should be', () => {
  const rows = (more: Partial<Report>) =>
    costRows('load', new Map([['nginx', [sample(1), sample(1, more)]]]))
  expect(() => requireAnswers(rows({}))).not.toThrow()
  expect(() => requireAnswers(rows({ errors: 1 }))).toThrow('nginx, load: 1 in 200 requests')
  expect(() => requireAnswers(costRows('load', new Map([['nginx', []]])))).toThrow('in 0 requests')
})

it('says which proxy was not measured', () => {
  expect(() => rowOf([], 'load', 'nginx')).toThrow('nginx was not measured under load')
})
