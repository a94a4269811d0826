import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { stop } from '../support/echo.ts'

/** Ten hosts: seven are well, one never answers, one always fails, and nobody listens at one. */
export interface TenHosts {
  readonly ports: readonly number[]
  /** How often a host has been asked by who says so in `x-side`. */
  asked(host: 'slow' | 'failing' | 'well', side: string): number
  close(): Promise<void>
}

export async function startTenHosts(): Promise<TenHosts> {
  const asked = new Map<string, number>()
  const count = (host: string, side: unknown): void => {
    const key = `${host} ${side}`
    asked.set(key, (asked.get(key) ?? 0) + 1)
  }
  const servers: Server[] = []
  const start = async (listen: RequestListener): Promise<number> => {
    const server = createServer(listen).listen(0, '127.0.0.1')
    await once(server, 'listening')
    servers.push(server)
    return (server.address() as AddressInfo).port
  }
  const host = (name: string, answer: RequestListener): Promise<number> =>
    start((request, response) => {
      count(name, request.headers['x-side'])
      answer(request, response)
    })
  const ports = [
    await host('slow', () => undefined),
    await host('failing', (_request, response) => void response.writeHead(500).end()),
    await start(() => undefined),
  ]
  const [dead] = servers.splice(2)
  if (dead !== undefined) await stop(dead)
  for (let i = 0; i < 7; i++) {
    ports.push(await host('well', (_request, response) => void response.end('well')))
  }
  return {
    ports,
    asked: (name, side) => asked.get(`${name} ${side}`) ?? 0,
    close: async () => {
      await Promise.all(servers.map(stop))
    },
  }
}
