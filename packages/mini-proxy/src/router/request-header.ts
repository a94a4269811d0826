import type { RequestHead, ResponseHead } from '../http/stream.ts'

/** The value of a header, or of what HTTP/2 writes as one. */
export function requestHeader(head: RequestHead, lowerName: string): string | undefined {
  switch (lowerName) {
    case ':method':
      return head.method
    case ':path':
      return head.path
    case ':authority':
    case 'host':
      return head.authority
    case ':scheme':
      return head.scheme
    default:
      return head.headers.get(lowerName)
  }
}

/** The same of a response. */
export function responseHeader(head: ResponseHead, lowerName: string): string | undefined {
  return lowerName === ':status' ? `${head.status}` : head.headers.get(lowerName)
}
