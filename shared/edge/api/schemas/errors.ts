import type { z } from 'zod';
import type { FieldError } from '../problem.ts';

/** Every fault with its path, as `nodes[2].dependsOn`. */
export function errorsOf(error: z.ZodError, root = ''): FieldError[] {
  return error.issues.flatMap((issue) => {
    const path = pathText(root, issue.path);
    if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }];
    return issue.keys.map((key) => ({ path: pathText(path, [key]), message: 'there is no such field' }));
  });
}

function pathText(root: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? String(step) : `${text}.${String(step)}`;
  }, root);
}
