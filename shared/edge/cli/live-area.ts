import { fitted } from './paint.ts';
import type { Stream } from './world.ts';

/** A few lines at the end of the terminal that are drawn over in place; what is printed goes above them. */
export interface LiveArea {
  print(lines: readonly string[]): void;
  draw(lines: readonly string[]): void;
  /** Takes the lines away and gives the cursor back. */
  clear(): void;
}

const hideCursor = '\u001b[?25l';
const showCursor = '\u001b[?25h';
/** Between these two a terminal that knows them shows nothing half done. */
const beginFrame = '\u001b[?2026h';
const endFrame = '\u001b[?2026l';
const toLineEnd = '\u001b[K';
const toScreenEnd = '\u001b[J';

export function createLiveArea(stream: Stream): LiveArea {
  let shown: readonly string[] = [];
  let above = '';

  /** One write a frame: every line is overwritten and only its rest erased, so nothing flickers. */
  function show(lines: readonly string[], cursor: string): void {
    const up = shown.length > 0 ? `\u001b[${shown.length}A\r` : '';
    const text = lines.map((line) => `${fitted(line, stream.columns() - 1)}${toLineEnd}\n`).join('');
    stream.write(`${beginFrame}${cursor}${up}${above}${text}${toScreenEnd}${endFrame}`);
    shown = lines;
    above = '';
  }

  return {
    print(lines) {
      for (const line of lines) above += `${fitted(line, stream.columns() - 1)}${toLineEnd}\n`;
    },
    draw: (lines) => show(lines, hideCursor),
    clear: () => show([], showCursor),
  };
}
