import { ManualClock } from '@meshwright/testkit'
import { expect, test } from 'vitest'
import { defaultAmbient } from '../defaults.ts'
import { createStatsStore } from '../stats/stats-store.ts'
import { OutlierWatch } from './outlier-watch.ts'

test('what comes of requests that outlive their cluster is not counted as an ejection', () => {
  const time = new ManualClock()
  const stats = createStatsStore()
  let changes = 0
  const watch = new OutlierWatch(
    { consecutive5xx: 1, maxEjectionPercent: 100 },
    {
      ...defaultAmbient,
      clock: time,
      timers: time,
      cluster: 'c',
      stats,
      onChange: () => changes++,
    },
  )
  const monitors = ['a', 'b', 'c'].map((address) => watch.add({ address }))
  const active = stats.gauge('outlier_detection.ejections_active')
  monitors[0]?.httpStatus(500, 0)
  watch.settle()
  expect([active.value, changes]).toEqual([1, 1])

  watch.stop()
  monitors[1]?.httpStatus(500, 0)
  watch.settle()
  expect([active.value, changes, time.pending]).toEqual([0, 1, 0])
})
