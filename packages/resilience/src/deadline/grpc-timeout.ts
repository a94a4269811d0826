const unitsMs: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1000,
  m: 1,
  u: 0.001,
  n: 0.000_001,
}

/**
 * The value of a `grpc-timeout` header in whole milliseconds, rounded up as Envoy does; undefined if it is none.
 *
 * @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 *
 * @example
 * ```ts
 * parseGrpcTimeout('1500u') // => 2
 * ```
 */
export function parseGrpcTimeout(text: string | undefined): number | undefined {
  const [, amount, unit = ''] = /^(\d{1,8})([HMSmun])$/.exec(text ?? '') ?? []
  return amount === undefined ? undefined : Math.ceil(Number(amount) * (unitsMs[unit] ?? 1))
}

/** Eight digits. */
const most = 99_999_999

/**
 * A time for a `grpc-timeout` header: milliseconds while eight digits hold them, then seconds, minutes and hours, rounded down.
 *
 * @example
 * ```ts
 * formatGrpcTimeout(100_000_000) // => '100000S'
 * ```
 */
export function formatGrpcTimeout(ms: number): string {
  const whole = Math.max(0, Math.floor(ms)) || 0
  for (const unit of ['m', 'S', 'M', 'H']) {
    const amount = Math.floor(whole / (unitsMs[unit] ?? 1))
    if (amount <= most) return `${amount}${unit}`
  }
  return `${most}H`
}
