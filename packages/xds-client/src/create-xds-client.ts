import type { XdsClient, XdsClientOptions } from './xds-client.ts'

/** Makes a client; `start` sets it to work. */
export function createXdsClient(options: XdsClientOptions): XdsClient {
  throw new Error(`not there yet: ${Object.keys(options).length}`)
}
