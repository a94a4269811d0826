import { withFault } from './filter-scenarios.ts'
import type { Scenario } from './scenarios.ts'

/** What happens to a share of the requests, drawn for each. */
export const drawnScenarios: readonly (Scenario & { readonly share: number })[] = [
  {
    name: 'abort-10',
    share: 0.1,
    host: withFault({ abort: { httpStatus: 418, percentage: { numerator: 10 } } }),
    requests: [],
  },
  {
    name: 'delay-10',
    share: 0.1,
    host: withFault({
      delay: {
        fixedDelay: '0.001s',
        percentage: { numerator: 1000, denominator: 'TEN_THOUSAND' },
      },
    }),
    requests: [],
  },
  {
    name: 'mirror-50',
    share: 0.5,
    mirrors: ['copy-50'],
    route: {
      requestMirrorPolicies: [
        { cluster: 'copy-50', runtimeFraction: { defaultValue: { numerator: 50 } } },
      ],
    },
    requests: [],
  },
]
