// The part of opossum's interface that is used here; it comes without types.
declare module 'opossum' {
  class CircuitBreaker {
    constructor(action: (value: number) => Promise<unknown>, options: { timeout: number | false })
    fire(value: number): Promise<unknown>
    shutdown(): void
  }
  export = CircuitBreaker
}
