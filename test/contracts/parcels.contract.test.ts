import { createMemoryParcels } from '../../shared/adapters/memory/parcels.ts';
import { describeParcels } from './parcels.suite.ts';

describeParcels('the memory parcels', () => {
  const parcels = createMemoryParcels();
  return { parcels, reopen: () => parcels, close() {} };
});
