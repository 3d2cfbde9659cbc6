/** NDJSON as it comes, a value a line. What is broken off rejects; it never ends early. */
export async function* readLines<Line>(response: Response): AsyncGenerator<Line> {
  let rest = '';
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const texts = (rest + chunk).split('\n');
    rest = texts.pop() ?? '';
    for (const text of texts) yield JSON.parse(text) as Line;
  }
  if (rest !== '') throw new Error('its last line is not whole');
}
