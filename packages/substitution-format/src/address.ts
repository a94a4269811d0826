/** An address without its port; an IPv6 address without its brackets. */
export function withoutPort(address: string): string {
  const [, bracketed] = /^\[(.*)\](?::\d+)?$/.exec(address) ?? []
  if (bracketed !== undefined) return bracketed
  return /^[^:]*:\d+$/.test(address) ? address.slice(0, address.indexOf(':')) : address
}

/** The port of an address, if it has one. */
export function portOf(address: string): number | undefined {
  const [, port] = /^(?:\[.*\]|[^:]*):(\d{1,5})$/.exec(address) ?? []
  return port === undefined ? undefined : Number(port)
}
