import { bytesOf } from './bytes-of.ts'
import type { Host, HostEntry } from './host-set.ts'

/** What stands for a host in a ring or a Maglev table: its `hash_key`, or else its host name or address, as Envoy. */
export function hashKeyOf<H extends Host>(
  { host, metadata }: HostEntry<H>,
  useHostname: boolean,
): { readonly text: string; readonly key: Uint8Array } {
  const own = metadata?.['hash_key']
  const name = useHostname ? (host.hostname ?? '') : host.address
  const text = typeof own === 'string' && own !== '' ? own : name
  return { text, key: bytesOf(text) }
}
