import type { ScriptedAnswer } from '../same-limits/scripted-upstream.ts'

export const ok: ScriptedAnswer = { status: 200 }
export const status = (code: number, headers: Record<string, string> = {}): ScriptedAnswer => ({
  status: code,
  headers,
})
export const late = (afterMs: number, code = 200): ScriptedAnswer => ({ status: code, afterMs })
export const soon = { baseInterval: '0.001s', maxInterval: '0.001s' }
export const retries = (retryOn: string, more: object = {}): object => ({
  retryPolicy: { retryOn, numRetries: 2, retryBackOff: soon, ...more },
})
export const grpc = { 'content-type': 'application/grpc' }
