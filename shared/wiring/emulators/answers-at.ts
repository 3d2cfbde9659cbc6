import { request } from 'node:http';

/** The longest that one question may take; a port that accepts and stays silent is no emulator. */
const answerMsMax = 2_000;

/** Both emulators answer a plain GET of `/` with `Ok`. Never throws. */
export function answersAt(host: string): Promise<boolean> {
  if (!URL.canParse(`http://${host}/`)) return Promise.resolve(false);
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(answerMsMax);
    const asked = request(`http://${host}/`, { agent: false, signal }, (answer) => {
      answer.resume();
      answer.on('error', () => resolve(false));
      answer.on('end', () => resolve(answer.statusCode === 200));
    });
    asked.on('error', () => resolve(false));
    asked.end();
  });
}
