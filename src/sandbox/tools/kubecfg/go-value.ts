/**
 * Owns the view of a v1beta1 object as kubecfg's internal Go value: what text/template can reach by Go field names,
 * and the text Go's %v and %#v give. Built on the schema, so that unset fields are their zero values.
 */
import { type Field, isObject, type Json, STRUCTS, type Type } from '../../registry/kube-schema.ts';

export interface GoValue {
  readonly type: Type;
  readonly value: Json | undefined;
}

const structName = (type: Type): string | null =>
  typeof type === 'object'
    ? 'struct' in type
      ? type.struct
      : 'pointer' in type
        ? type.pointer
        : null
    : null;

/** The name Go prints for a type: `api.Pod`, `[]api.Port`, `*api.EmptyDir`. */
export function typeName(type: Type): string {
  if (typeof type === 'string') {
    return {
      string: 'string',
      int: 'int',
      bool: 'bool',
      time: 'util.Time',
      instant: 'time.Time',
      intstr: 'util.IntOrString',
    }[type];
  }
  if ('list' in type) return `[]${typeName(type.list)}`;
  if ('map' in type)
    return type.named === undefined ? `map[string]${typeName(type.map)}` : `api.${type.named}`;
  return 'struct' in type ? `api.${type.struct}` : `*api.${type.pointer}`;
}

/** Fields of the internal type, in Go's order; META's are reached as if they were the object's own. */
export function goFields(type: Type): readonly Field[] {
  const name = structName(type);
  return (name === null ? [] : (STRUCTS[name] ?? [])).filter((field) => field.go !== '');
}

/** `.Name` of a value; undefined when the type has no such field. */
export function member(of: GoValue, name: string): GoValue | undefined {
  if (typeof of.type === 'object' && 'map' in of.type) {
    const value = isObject(of.value) ? of.value[name] : undefined;
    return { type: of.type.map, value };
  }
  const found = goFields(of.type).find((field) => field.go === name);
  if (found === undefined) return undefined;
  const value = isObject(of.value) ? of.value[found.json] : undefined;
  if (found.go === 'ResourceVersion') {
    return { type: 'string', value: value === undefined ? '' : String(value) };
  }
  // kind and version are of the wire, the internal object has neither
  if (found.go === 'Kind' || found.go === 'APIVersion') return { type: 'string', value: '' };
  return { type: found.type, value };
}

/** Elements of a list or map (by key), for {{range}}. */
export function elements(of: GoValue): GoValue[] {
  if (typeof of.type !== 'object') return [];
  if ('list' in of.type) {
    const { list } = of.type;
    return Array.isArray(of.value) ? of.value.map((value) => ({ type: list, value })) : [];
  }
  if ('map' in of.type && isObject(of.value)) {
    const { map } = of.type;
    const source = of.value;
    return Object.keys(source)
      .sort()
      .map((key) => ({ type: map, value: source[key] }));
  }
  return [];
}

/** Go's truth for {{if}} and {{with}}: not empty. Structs are always true. */
export function truth(of: GoValue): boolean {
  if (typeof of.type === 'object' && 'struct' in of.type) return true;
  if (typeof of.type === 'object' && ('list' in of.type || 'map' in of.type)) return elements(of).length > 0;
  return !(
    of.value === undefined ||
    of.value === null ||
    of.value === '' ||
    of.value === 0 ||
    of.value === false
  );
}

/** %v, as {{.Field}} prints a value. */
export function format(of: GoValue): string {
  const { type, value } = of;
  if (typeof type === 'string') {
    if (type === 'string') return typeof value === 'string' ? value : '';
    if (type === 'int' || type === 'intstr') return String(value ?? 0);
    if (type === 'bool') return String(value === true);
    const time = typeof value === 'string' ? value : '0001-01-01T00:00:00Z';
    return `${time.slice(0, 19).replace('T', ' ')} +0000 UTC`;
  }
  if ('list' in type) return `[${elements(of).map(format).join(' ')}]`;
  if ('map' in type) {
    const keys = isObject(value) ? Object.keys(value).sort() : [];
    const values = elements(of);
    return `map[${keys.map((key, index) => `${key}:${format(values[index]!)}`).join(' ')}]`;
  }
  if ('pointer' in type && !isObject(value)) return '<nil>';
  const inner = goFields(type)
    .map((field) => member(of, field.go)!)
    .map(format)
    .join(' ');
  return `${'pointer' in type ? '&' : ''}{${inner}}`;
}

const META_SIZE = (STRUCTS.TypeMeta ?? []).length;

function goTime(value: Json | undefined): string {
  const date = new Date(typeof value === 'string' ? value : '0001-01-01T00:00:00Z');
  const month = date.toLocaleString('en', { month: 'long', timeZone: 'UTC' });
  return `time.Date(${date.getUTCFullYear()}, time.${month}, ${date.getUTCDate()}, ${date.getUTCHours()}, ${date.getUTCMinutes()}, ${date.getUTCSeconds()}, 0, time.UTC)`;
}

/** %#v: Go syntax, with made-up addresses for pointers inside. */
export function goSyntax(of: GoValue): string {
  const { type, value } = of;
  if (typeof type === 'string') {
    if (type === 'time' || type === 'instant') return goTime(value);
    return type === 'string' ? JSON.stringify(value ?? '') : format(of);
  }
  if ('list' in type) {
    if (!Array.isArray(value)) return `${typeName(type)}(nil)`;
    return `${typeName(type)}{${elements(of).map(goSyntax).join(', ')}}`;
  }
  if ('map' in type) {
    if (!isObject(value)) return `${typeName(type)}(nil)`;
    const values = elements(of);
    const pairs = Object.keys(value)
      .sort()
      .map((key, index) => `${JSON.stringify(key)}:${goSyntax(values[index]!)}`);
    return `${typeName(type)}{${pairs.join(', ')}}`;
  }
  if ('pointer' in type) return `(${typeName(type)})(${isObject(value) ? '0xc000012168' : 'nil'})`;
  const fields = goFields(type).map((field) => `${field.go}:${goSyntax(member(of, field.go)!)}`);
  const embeds = type.struct !== 'TypeMeta' && goFields(type)[0]?.go === 'Kind';
  const parts = embeds
    ? [`TypeMeta:api.TypeMeta{${fields.slice(0, META_SIZE).join(', ')}}`, ...fields.slice(META_SIZE)]
    : fields;
  return `api.${type.struct}{${parts.join(', ')}}`;
}
