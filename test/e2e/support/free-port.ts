import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/** Ports of this address that nobody listens on. Tests of different files use different addresses. */
export async function freePorts(address: string, count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, address))
  await Promise.all(servers.map((it) => once(it, 'listening')))
  const ports = servers.map((it) => (it.address() as AddressInfo).port)
  await Promise.all(
    servers.map(async (it) => {
      it.close()
      await once(it, 'close')
    }),
  )
  return ports
}
