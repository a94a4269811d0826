import { reasonPhrases } from '../http/reason-phrases.ts'
import type { Http1Fault } from './http1-fault.ts'

/** The answer to what is no request: the connection is closed after it. */
export function errorReply(why: Http1Fault, serverName: string | undefined): string {
  const reason = reasonPhrases[why.status] ?? 'Error'
  const server = serverName === undefined ? '' : `server: ${serverName}\r\n`
  return `HTTP/1.1 ${why.status} ${reason}\r\ncontent-length: ${reason.length}\r\ncontent-type: text/plain\r\n${server}connection: close\r\n\r\n${reason}`
}
