import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { resourceCodecs } from '../src/accept/resource-codec.ts'
import type { ResourceType } from '../src/resource-type.ts'

const fields = { cds: 'clusters', eds: 'endpoints', lds: 'listeners', rds: 'routes' } as const

// What istiod says to sidecars and to a gateway; see test/fixtures/istiod/README.md.
describe.each(['reviews-redirect', 'reviews-none', 'ratings-redirect', 'ingress'])(
  'every resource of istiod for %s is accepted as it is',
  (file) => {
    const url = new URL(`../../../test/fixtures/istiod/${file}.json`, import.meta.url)
    const answers = JSON.parse(readFileSync(url, 'utf8'))

    test.each(Object.entries(fields))('%s', (type, field) => {
      const codec = resourceCodecs[type as ResourceType]
      const resources: readonly object[] = answers[field] ?? []
      const faults = resources.flatMap((json) => {
        const reading = codec.read(codec.write(json as never))
        return 'fault' in reading ? [reading.fault] : []
      })

      expect(resources.length).toBeGreaterThan(0)
      expect(faults).toEqual([])
    })
  },
)
