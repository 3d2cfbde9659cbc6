import { aFirestore } from '../support/a-firestore.ts';
import { describeCloud, uniqueProject } from '../support/emulators.ts';
import { describePolicies } from './policies.suite.ts';

describeCloud('Firestore', () => {
  describePolicies('the Firestore policies', async () => {
    const project = uniqueProject();
    let opened = await aFirestore({ project });
    return {
      policies: opened.policies,
      async reopen() {
        await opened.close();
        opened = await aFirestore({ project });
        return opened.policies;
      },
      close: () => opened.close(),
    };
  });
});
