/** Colours, or none where none are wanted. */
export interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  busy(text: string): string;
  wait(text: string): string;
}

export function paintOf({ colour }: { readonly colour: boolean }): Paint {
  const style = (open: number, close: number) => (text: string) =>
    colour && text !== '' ? `\u001b[${open}m${text}\u001b[${close}m` : text;
  return {
    bold: style(1, 22),
    dim: style(2, 22),
    good: style(32, 39),
    bad: style(31, 39),
    busy: style(36, 39),
    wait: style(33, 39),
  };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what colours are made of.
const escapes = /\u001b\[[0-9;]*m/g;

/** As many parts in a line as fit in so many columns. */
export function inLines(parts: readonly string[], columns: number): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const longer = lines.length === 0 ? part : `${lines.at(-1)}  ${part}`;
    if (lines.length > 0 && widthOf(longer) <= columns) lines[lines.length - 1] = longer;
    else lines.push(part);
  }
  return lines;
}

/** Cut to so many columns; colours count as nothing and are closed behind the cut. */
export function fitted(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let kept = '';
  let left = columns - 1;
  let at = 0;
  for (const { 0: style, index } of text.matchAll(escapes)) {
    const plain = text.slice(at, index).slice(0, left);
    kept += plain + style;
    left -= plain.length;
    at = index + style.length;
  }
  kept += text.slice(at).slice(0, left);
  return `${kept}…`;
}

function widthOf(text: string): number {
  return text.replace(escapes, '').length;
}
