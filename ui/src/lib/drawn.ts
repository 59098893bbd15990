/**
 * Notes among the browser's own timings that what was just rendered is on the screen. The benchmark of the window reads it.
 */
export function noteDrawn(name: string): void {
  // The second frame begins when the first has been painted.
  requestAnimationFrame(() => requestAnimationFrame(() => performance.mark(name)));
}
