/** A text with its white space made visible, so that it stays one field of a log. */
export function asOneWord(text: string | undefined): string | undefined {
  if (text !== lastText) {
    lastWord = text?.replace(/\s/g, '_')
    lastText = text
  }
  return lastWord
}

/** Nearly all requests end alike: the last text is kept. */
let lastText: string | undefined
let lastWord: string | undefined
