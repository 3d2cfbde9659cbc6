// Jest loads this file by itself; what it does is TypeScript, which only Node's own loader runs as it stands.
export default async () => (await import('./redis-setup.ts')).startForTests();
