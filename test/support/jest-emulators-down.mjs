export default async () => (await import('./cloud-setup.ts')).stopAfterTests();
