import { AdsXdsClient } from './ads-xds-client.ts'
import { resolveOptions } from './resolve-options.ts'
import type { XdsClient, XdsClientOptions } from './xds-client.ts'

/**
 * Makes a client; `start` sets it to work.
 *
 * @throws {RangeError} if a limit is not positive.
 */
export function createXdsClient(options: XdsClientOptions): XdsClient {
  return new AdsXdsClient(resolveOptions(options))
}
