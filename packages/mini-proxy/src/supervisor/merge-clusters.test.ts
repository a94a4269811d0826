import { expect, test } from 'vitest'
import type { ClusterReport, HostReport } from '../cluster/cluster-report.ts'
import { mergeClusters } from './merge-clusters.ts'

const limits = { connections: 1, pending: 2, requests: 3, retries: 4 }

function host(address: string, count: number, more: Partial<HostReport> = {}): HostReport {
  const counts = { cxTotal: count, cxActive: count, cxConnectFail: count, rqTotal: count }
  return {
    address,
    hostname: undefined,
    health: 'healthy',
    ejected: false,
    weight: 1,
    priority: 0,
    locality: {},
    ...counts,
    rqActive: count,
    ...more,
  }
}

function report(name: string, ...hosts: HostReport[]): ClusterReport {
  return { name, limits: { default: limits, high: limits }, hosts }
}

test('counts of one host add up, and whoever is left out anywhere is left out', () => {
  const merged = mergeClusters([
    [report('b', host('1:1', 1), host('1:2', 10)), report('a', host('1:1', 5))],
    [report('b', host('1:1', 2, { ejected: true }), host('1:3', 7))],
    [],
  ])

  expect(merged).toEqual([
    report('a', host('1:1', 5)),
    report('b', host('1:1', 3, { ejected: true }), host('1:2', 10), host('1:3', 7)),
  ])
})

test('one address at two places is two hosts', () => {
  const twice = report('a', host('1:1', 1), host('1:1', 2, { priority: 1 }))

  expect(mergeClusters([[twice], [twice]])).toEqual([
    report('a', host('1:1', 2), host('1:1', 4, { priority: 1 })),
  ])
})
