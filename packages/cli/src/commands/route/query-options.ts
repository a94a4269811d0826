import type { RequestQuery } from '@meshwright/route-analysis'
import { type Command, InvalidArgumentError, Option } from 'commander'

/** Flags that say which requests are looked for. */
export interface QueryFlags {
  readonly cluster?: string
  readonly under?: string
  readonly host?: string
  readonly withHeader: readonly (readonly [name: string, value: string | undefined])[]
  readonly withoutHeader: readonly string[]
  readonly unanswered?: true
  readonly expect?: 'some' | 'none'
}

/** Adds {@link QueryFlags} to a command. */
export function withQueryOptions(command: Command): Command {
  return command
    .option('--cluster <name>', 'requests that can reach it')
    .option(
      '--under <path>',
      'requests whose path is this, or begins with it and a slash',
      parsePath,
    )
    .option('--host <authority>', 'requests that name this host')
    .option(
      '--with-header <name: value>',
      'that have it; without a value, any; repeatable',
      addPair,
      [],
    )
    .option('--without-header <name>', 'that do not have it; repeatable', addName, [])
    .option('--unanswered', 'that no route takes')
    .addOption(
      new Option('--expect <what>', 'of a search; default: some').choices(['some', 'none']),
    )
}

/** The query that the flags ask; undefined if they ask none. */
export function queryOf(flags: QueryFlags): RequestQuery | undefined {
  const { cluster, under, host, withHeader, withoutHeader, unanswered } = flags
  const headers = [
    ...withHeader.map(([name, value]) =>
      value === undefined ? { name } : { name, stringMatch: { exact: value } },
    ),
    ...withoutHeader.map((name) => ({ name, presentMatch: true, invertMatch: true })),
  ]
  const path = under === '/' ? { prefix: '/' } : { pathSeparatedPrefix: under ?? '' }
  const match = {
    ...(under === undefined ? { prefix: '/' } : path),
    ...(headers.length > 0 && { headers }),
  }
  const query: RequestQuery = {
    ...((under !== undefined || headers.length > 0) && { match }),
    ...(cluster !== undefined && { cluster }),
    ...(host !== undefined && { authority: host }),
    ...(unanswered === true && { unanswered }),
  }
  return Object.keys(query).length === 0 ? undefined : query
}

function parsePath(text: string): string {
  const path = text.length > 1 ? text.replace(/\/$/, '') : text
  if (/^\/[^?#]*$/.test(path)) return path
  throw new InvalidArgumentError(`Expected a path such as /admin, got ${JSON.stringify(text)}.`)
}

function addPair(text: string, before: QueryFlags['withHeader']): QueryFlags['withHeader'] {
  const [, name, value] = /^\s*([^\s:]+)\s*(?::\s*(.*?)\s*)?$/.exec(text) ?? []
  if (name === undefined) {
    throw new InvalidArgumentError(`Expected "name" or "name: value", got ${JSON.stringify(text)}.`)
  }
  return [...before, [name, value]]
}

function addName(text: string, before: readonly string[]): readonly string[] {
  return [...before, text.trim()]
}
