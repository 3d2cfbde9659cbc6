import type { SpecFault } from './check-spec.ts';
import { type BreakerPresets, breakerPresets } from './presets.ts';
import { resolveBreakerSpec } from './resolve-spec.ts';

export type ConfiguredPresets =
  | { readonly kind: 'presets'; readonly presets: BreakerPresets }
  | { readonly kind: 'faults'; readonly faults: readonly SpecFault[] };

/** The presets with those of a configuration: one of a known name goes before what that has, value by value; others are new. */
export function configurePresets(own: BreakerPresets): ConfiguredPresets {
  const faults: SpecFault[] = [];
  const presets: Record<string, BreakerPresets[string]> = { ...breakerPresets };
  for (const [name, values] of Object.entries(own)) {
    const found = presetFaults(name, values);
    if (found.length > 0) faults.push(...found);
    else presets[name] = { ...knownPreset(name), ...values };
  }
  return faults.length > 0 ? { kind: 'faults', faults } : { kind: 'presets', presets };
}

function presetFaults(name: string, values: BreakerPresets[string]): readonly SpecFault[] {
  if (!/^[a-z][a-z0-9_]{0,62}$/.test(name))
    return [{ path: name, message: 'a preset is named with small letters, digits and _, and begins with a letter' }];
  if (typeof values !== 'object' || values === null)
    return [{ path: name, message: 'must be an object with what the preset says of a breaker' }];
  if ('preset' in values) return [{ path: `${name}.preset`, message: 'a preset is not made of another one' }];
  const resolved = resolveBreakerSpec({ ...knownPreset(name), ...values });
  if (resolved.kind === 'rules') return [];
  return resolved.faults.map(({ path, message }) => ({ path: `${name}.${path}`, message }));
}

function knownPreset(name: string): BreakerPresets[string] | undefined {
  return Object.hasOwn(breakerPresets, name) ? breakerPresets[name] : undefined;
}
