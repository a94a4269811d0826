/** Draws beyond these find nobody new, and a request must not hold everything up. */
export const mostSelectionAttempts = 10_000
