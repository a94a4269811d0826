import { isIPv6 } from 'node:net'
import type { experimental } from '@grpc/grpc-js'
import { AdapterError } from '../errors.ts'

/**
 * What stands for an endpoint in a cluster: the first of its addresses.
 *
 * @throws {AdapterError} `ERR_LB_ADAPTERS_HOST` if that is the path of a socket, or there is none
 */
export function addressOf({ addresses: [first] }: experimental.Endpoint): string {
  if (first === undefined || !('port' in first)) {
    const got = JSON.stringify(first)
    throw new AdapterError(
      'ERR_LB_ADAPTERS_HOST',
      `an endpoint: expected host and port, got ${got}`,
    )
  }
  const { host, port } = first
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`
}
