import { aFirestore } from '../support/a-firestore.ts';
import { describeCloud, uniqueProject } from '../support/emulators.ts';
import { describeRecoveries } from './recoveries.suite.ts';

describeCloud('Firestore', () => {
  describeRecoveries('the Firestore store', async () => {
    const project = uniqueProject();
    let opened = await aFirestore({ project });
    return {
      store: opened.store,
      recoveries: opened.recoveries,
      async reopen() {
        await opened.close();
        opened = await aFirestore({ project });
        return opened.recoveries;
      },
      close: () => opened.close(),
    };
  });
});
