/** Owns which quota an instance type counts against: EC2 limits on-demand instances by vCPUs, one quota a group of families. */

export interface VcpuQuota {
  /** Service Quotas code. */
  readonly code: string;
  /** As the Service Quotas console lists it. */
  readonly name: string;
}

const quota = (code: string, families: string): VcpuQuota => ({
  code,
  name: `Running On-Demand ${families} instances`,
});

const STANDARD = quota('L-1216C47A', 'Standard (A, C, D, H, I, M, R, T, Z)');

/** By the letters a type begins with (EC2 user guide, "On-Demand Instance quotas"). */
const SPECIAL: Readonly<Record<string, VcpuQuota>> = {
  dl: quota('L-6E869C2A', 'DL'),
  f: quota('L-74FC7D96', 'F'),
  g: quota('L-DB2E81BA', 'G and VT'),
  gr: quota('L-DB2E81BA', 'G and VT'),
  hpc: quota('L-F7808C92', 'HPC'),
  inf: quota('L-1945791B', 'Inf'),
  p: quota('L-417A185B', 'P'),
  trn: quota('L-2C3B7624', 'Trn'),
  u: quota('L-43DA4232', 'High Memory'),
  vt: quota('L-DB2E81BA', 'G and VT'),
  x: quota('L-7295265B', 'X'),
};

/** The quota that an instance type counts against; null for families that have none by vCPUs (`mac`). */
export function vcpuQuotaOf(type: string): VcpuQuota | null {
  const letters = /^[a-z]+/.exec(type)?.[0] ?? '';
  const special = SPECIAL[letters];
  if (special) return special;
  return /^[acdhimrtz]/.test(letters) && letters !== 'mac' ? STANDARD : null;
}
