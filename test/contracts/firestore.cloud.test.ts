import { aFirestore } from '../support/a-firestore.ts';
import { describeCloud, uniqueProject } from '../support/emulators.ts';
import { describeJobStore } from './job-store.suite.ts';
import { describeParcels } from './parcels.suite.ts';

async function openOne() {
  const project = uniqueProject();
  let opened = await aFirestore({ project });
  return {
    ...opened,
    async reopen() {
      await opened.close();
      opened = await aFirestore({ project });
      return opened;
    },
    close: () => opened.close(),
  };
}

describeCloud('Firestore', () => {
  describeJobStore('the Firestore store', async () => {
    const opened = await openOne();
    return { ...opened, reopen: async () => (await opened.reopen()).store };
  });

  describeParcels('the Firestore parcels', async () => {
    const opened = await openOne();
    return { ...opened, reopen: async () => (await opened.reopen()).parcels };
  });
});
