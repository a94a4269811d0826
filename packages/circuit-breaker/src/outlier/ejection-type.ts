import type { OutlierConfig } from './outlier-options.ts'

/** What was detected; the names are those of Envoy's `OutlierEjectionType`. */
export type EjectionType =
  | 'CONSECUTIVE_5XX'
  | 'CONSECUTIVE_GATEWAY_FAILURE'
  | 'CONSECUTIVE_LOCAL_ORIGIN_FAILURE'
  | 'SUCCESS_RATE'
  | 'SUCCESS_RATE_LOCAL_ORIGIN'
  | 'FAILURE_PERCENTAGE'
  | 'FAILURE_PERCENTAGE_LOCAL_ORIGIN'

/** Of each type: the chance that it has a consequence, and its name in Envoy's counters. */
export const ejectionTypes: Readonly<
  Record<
    EjectionType,
    { readonly enforcing: keyof OutlierConfig & `enforcing${string}`; stat: string }
  >
> = {
  CONSECUTIVE_5XX: { enforcing: 'enforcingConsecutive5xx', stat: 'consecutive_5xx' },
  CONSECUTIVE_GATEWAY_FAILURE: {
    enforcing: 'enforcingConsecutiveGatewayFailure',
    stat: 'consecutive_gateway_failure',
  },
  CONSECUTIVE_LOCAL_ORIGIN_FAILURE: {
    enforcing: 'enforcingConsecutiveLocalOriginFailure',
    stat: 'consecutive_local_origin_failure',
  },
  SUCCESS_RATE: { enforcing: 'enforcingSuccessRate', stat: 'success_rate' },
  SUCCESS_RATE_LOCAL_ORIGIN: {
    enforcing: 'enforcingLocalOriginSuccessRate',
    stat: 'local_origin_success_rate',
  },
  FAILURE_PERCENTAGE: { enforcing: 'enforcingFailurePercentage', stat: 'failure_percentage' },
  FAILURE_PERCENTAGE_LOCAL_ORIGIN: {
    enforcing: 'enforcingFailurePercentageLocalOrigin',
    stat: 'local_origin_failure_percentage',
  },
}
