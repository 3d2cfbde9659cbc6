import { finalStates, jobStates, transitions } from '../../shared/jobs/index.ts';

/** The transition table as a Mermaid picture, for the docs. */
export function statePicture(): string {
  const edges = jobStates.flatMap((from) => transitions[from].map((to) => `  ${from} --> ${to}`));
  const lines = ['stateDiagram-v2', '  [*] --> pending', ...edges, ...finalStates.map((state) => `  ${state} --> [*]`)];
  return `\`\`\`mermaid\n${lines.join('\n')}\n\`\`\``;
}

const begin = '<!-- state picture -->';
const end = '<!-- end of the state picture -->';

/** The page with the picture between its two marks. */
export function withStatePicture(page: string): string {
  const [before, rest] = page.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`the page has no marks ${begin} and ${end}`);
  return `${before}${begin}\n\n${statePicture()}\n\n${end}${after}`;
}
