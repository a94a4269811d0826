import type { Host, HostEntry } from './host-set.ts'

/** What stands for a host in a ring or a Maglev table: its `hash_key`, or else its host name or address, as Envoy. */
export function hashKeyOf<H extends Host>(
  { host, metadata }: HostEntry<H>,
  useHostname: boolean,
): string {
  const own = metadata?.['hash_key']
  if (typeof own === 'string' && own !== '') return own
  return useHostname ? (host.hostname ?? '') : host.address
}
