import { aFirestore } from '../support/a-firestore.ts';
import { describeCloud, uniqueProject } from '../support/emulators.ts';
import { describeBatches } from './batches.suite.ts';

describeCloud('Firestore', () => {
  describeBatches('the Firestore batches', async () => {
    const project = uniqueProject();
    let opened = await aFirestore({ project });
    return {
      batches: opened.batches,
      async reopen() {
        await opened.close();
        opened = await aFirestore({ project });
        return opened.batches;
      },
      close: () => opened.close(),
    };
  });
});
