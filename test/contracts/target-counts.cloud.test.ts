import type { FirestoreStore } from '../../shared/adapters/firestore/open.ts';
import { aFirestore } from '../support/a-firestore.ts';
import { describeCloud, uniqueProject } from '../support/emulators.ts';
import { describeTargetCounts } from './target-counts.suite.ts';

describeCloud('Firestore', () => {
  describeTargetCounts('the Firestore counts', async () => {
    const project = uniqueProject();
    const opened: FirestoreStore[] = [];
    const open = async () => {
      const store = await aFirestore({ project });
      opened.push(store);
      return store.counts;
    };
    return {
      counts: await open(),
      other: open,
      reopen: open,
      async close() {
        await Promise.all(opened.map((each) => each.close()));
      },
    };
  });
});
