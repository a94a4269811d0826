// Retries leave the priorities that were tried, as `retryRemoteLocalities` of Istio asks.
import { expect, test } from 'vitest'
import { Balanced, cluster, endpoint } from './balanced.ts'

function retryPolicy(updateFrequency: number): object {
  const type = 'envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig'
  return {
    retryOn: '5xx',
    numRetries: 3,
    retryBackOff: { baseInterval: '0.001s' },
    retryPriority: {
      name: 'envoy.retry_priorities.previous_priorities',
      typedConfig: { '@type': `type.googleapis.com/${type}`, updateFrequency },
    },
  }
}

test.each([
  [1, ['near', 'far']],
  [2, ['near', 'near', 'far']],
])('after every %d tries a retry goes to the next priority', async (frequency, expected) => {
  await using on = new Balanced()
  const asked: string[] = []
  const near = await on.host('near', (_request, response) => {
    asked.push('near')
    response.writeHead(503).end()
  })
  const far = await on.host('far', (_request, response) => {
    asked.push('far')
    response.end('far')
  })
  const places = [{ lbEndpoints: [endpoint(near)] }, { priority: 1, lbEndpoints: [endpoint(far)] }]
  const warnings: string[] = []
  await on.apply([cluster('c', places)], {
    route: { retryPolicy: retryPolicy(frequency) },
    log: ({ level, message }) => level === 'warn' && warnings.push(message),
  })
  expect(await on.ask()).toBe('200 far')
  expect(asked).toEqual(expected)
  expect(warnings).toEqual([])
})

test('once every priority was tried, all may be tried again', async () => {
  await using on = new Balanced()
  const asked: string[] = []
  const failing = (name: string): Promise<number> =>
    on.host(name, (_request, response) => {
      asked.push(name)
      response.writeHead(503).end()
    })
  const [near, far] = [await failing('near'), await failing('far')]
  const places = [{ lbEndpoints: [endpoint(near)] }, { priority: 1, lbEndpoints: [endpoint(far)] }]
  await on.apply([cluster('c', places)], {
    route: { retryPolicy: retryPolicy(1) },
    random: () => 0,
  })
  expect(await on.ask()).toBe('503 ')
  expect(asked).toEqual(['near', 'far', 'near', 'far'])
})
