/** Owns documents as YAML, in a chunk of their own: imported lazily by itself, the CommonJS package gives no named exports. */
export { stringify } from 'yaml';
