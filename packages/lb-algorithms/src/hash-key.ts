import { bytesOf } from './bytes-of.ts'
import type { Host, HostEntry } from './host-set.ts'

/** The bytes that stand for a host in a ring or a Maglev table: its `hash_key`, or else its host name or address, as Envoy. */
export function hashKeyOf<H extends Host>(
  { host, metadata }: HostEntry<H>,
  useHostname: boolean,
): Uint8Array {
  const key = metadata?.['hash_key']
  if (typeof key === 'string' && key !== '') return bytesOf(key)
  return bytesOf(useHostname ? (host.hostname ?? '') : host.address)
}
