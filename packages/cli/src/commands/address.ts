import { isIP } from 'node:net'
import { InvalidArgumentError, Option } from 'commander'

/** Where to listen. */
export interface ListenAddress {
  readonly host: string
  /** 0: any free port. */
  readonly port: number
}

/** A flag that takes `IP:PORT`, `[IPv6]:PORT` or `localhost:PORT`. */
export function addressOption(name: string, description: string, fallback: string): Option {
  return new Option(`${name} <address>`, description)
    .default(parseAddress(fallback), fallback)
    .argParser(parseAddress)
}

function parseAddress(text: string): ListenAddress {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? []
  const host = bracketed ?? plain ?? ''
  const port = Number(digits)
  const isHost =
    bracketed === undefined ? isIP(host) === 4 || host === 'localhost' : isIP(host) === 6
  if (!isHost || !(port <= 65_535)) {
    throw new InvalidArgumentError('Expected an address such as 127.0.0.1:15010 or [::1]:15010.')
  }
  return { host, port }
}
