import type { RequestOptions } from '@meshwright/mesh-test'
import { type Command, InvalidArgumentError } from 'commander'

/** Flags that add to a request line. */
export interface RequestFlags {
  readonly header: Readonly<Record<string, readonly string[]>>
  readonly random?: number
  readonly routeConfiguration?: string
}

/** Adds {@link RequestFlags} to a command. */
export function withRequestOptions(command: Command): Command {
  return command
    .option('-H, --header <name: value>', 'a header of the request; may be repeated', addHeader, {})
    .option('--random <number>', 'the draw that decides weights and fractions', parseRandom)
    .option(
      '--route-configuration <name>',
      'the one to ask; default: the one that the listener of the port asks',
    )
}

/** What `mesh.request` takes beside the line. */
export function requestOptions({
  header,
  random,
  routeConfiguration,
}: RequestFlags): RequestOptions {
  return {
    headers: header,
    ...(random !== undefined && { random }),
    ...(routeConfiguration !== undefined && { routeConfiguration }),
  }
}

/** `reviews:9080/x` is short for a whole URL. */
export function requestLine(text: string): string {
  const [, method = 'GET', target = text] = /^(?:([A-Z]+) +)?(.*)$/.exec(text.trim()) ?? []
  return `${method} ${/^https?:\/\//.test(target) ? target : `http://${target}`}`
}

function addHeader(
  text: string,
  before: RequestFlags['header'],
): Readonly<Record<string, readonly string[]>> {
  const [, name, value] = /^\s*([^\s:]+)\s*:\s*(.*?)\s*$/.exec(text) ?? []
  if (name === undefined || value === undefined) {
    throw new InvalidArgumentError(`Expected "name: value", got ${JSON.stringify(text)}.`)
  }
  const lower = name.toLowerCase()
  return { ...before, [lower]: [...(before[lower] ?? []), value] }
}

function parseRandom(text: string): number {
  const number = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(number)) {
    throw new InvalidArgumentError(`Expected a whole number, got ${JSON.stringify(text)}.`)
  }
  return number
}
