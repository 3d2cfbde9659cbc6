export default async () => (await import('./redis-setup.ts')).stopAfterTests();
