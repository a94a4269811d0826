/** Takes the header fields of a block, in order. */
export interface HpackSink {
  /**
   * Each character of the strings is one byte. The strings of a table's entry are the same objects every time.
   *
   * @param wellFormed name and value have the form of {@link isFieldName} and {@link isFieldValue}. Known here because
   *   an entry of the table is looked at once, however often it is referred to.
   * @param secret the field may be put into no table on its way, whoever passes it on (RFC 7541 6.2.3)
   */
  onHeader(name: string, value: string, wellFormed: boolean, secret: boolean): void
}
