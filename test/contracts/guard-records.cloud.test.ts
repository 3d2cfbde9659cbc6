import type { FirestoreStore } from '../../shared/adapters/firestore/open.ts';
import { aFirestore } from '../support/a-firestore.ts';
import { describeCloud, uniqueProject } from '../support/emulators.ts';
import { describeGuardRecords } from './guard-records.suite.ts';

describeCloud('Firestore', () => {
  describeGuardRecords('the Firestore records', async () => {
    const project = uniqueProject();
    const opened: FirestoreStore[] = [];
    const another = async () => {
      opened.push(await aFirestore({ project }));
      return opened.at(-1)!.guards;
    };
    return {
      records: await another(),
      async reopen() {
        await opened.pop()?.close();
        return another();
      },
      another,
      close: async () => void (await Promise.all(opened.map((each) => each.close()))),
    };
  });
});
