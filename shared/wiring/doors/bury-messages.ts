import { pushDoor } from './push-door.ts';

/** The nodes of a message that came to nothing with every delivery lose an attempt, and its text stays in their audit. */
export const buryMessages = pushDoor(false, ({ production: { invocations, isUnknown }, log }) => ({
  async deadLetter({ nodes, text, reason, unreadable, messageId }) {
    const letter = `${reason}; message ${messageId}: ${text}`;
    if (nodes.length === 0) {
      const what = unreadable === undefined ? 'names no nodes' : `cannot be read (${unreadable})`;
      return log.note(unreadable === undefined ? 'letter_without_nodes' : 'letter_unreadable', `${what}: ${letter}`);
    }
    await invocations.giveUpMessage(nodes, letter);
    return nodes.some(({ jobId }) => isUnknown(jobId)) ? 'unknownJob' : undefined;
  },
}));
