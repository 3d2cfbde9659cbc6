/** What people write wrong most often, in our words; for the rest the reader's own. */
const sentences: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'this key stands twice in the same map',
  MULTIPLE_DOCS: 'a second document begins here; a file holds one job',
  TAB_AS_INDENT: 'a tab indents here; YAML takes only spaces',
  BAD_INDENT: 'the indentation does not fit what is around it',
  MISSING_CHAR: 'a sign is missing here, such as a closing bracket or a colon',
  BAD_ALIAS: 'this alias refers to no anchor',
  RESOURCE_EXHAUSTION: 'aliases repeat too much here',
};

export function yamlSentence({ code, message }: { readonly code: string; readonly message: string }): string {
  return sentences[code] ?? message;
}
