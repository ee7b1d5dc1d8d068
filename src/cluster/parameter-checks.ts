/** Owns the checks of what is typed for a launch parameter: each says why not, and what would do. */
import { parseBinarySources, SOURCE_NAMES } from './binaries.ts';
import { known, overlaps, parseCidr, within } from './cidr.ts';
import { parseImages } from './images.ts';
import { nearest } from './nearest.ts';
import type { Parameters, Verdict } from './parameters.ts';

export const ok: Verdict = { ok: true };
export const no = (why: string, hint: string): Verdict => ({ ok: false, why, hint });

/** A CloudFormation stack name: starts with a letter, letters, digits and hyphens, at most 128 (CloudFormation API reference, CreateStack). */
export function checkName(text: string): Verdict {
  if (text === '') return no('a cluster needs a name', 'type a name such as kubernetes');
  if (text.length > 128)
    return no(`${text.length} characters is more than CloudFormation's 128`, 'shorten it');
  if (!/^[A-Za-z]/.test(text))
    return no(
      'a stack name starts with a letter',
      `try k-${text.replace(/[^A-Za-z0-9]+/g, '-').replace(/^-+|-+$/g, '')}`,
    );
  if (!/^[A-Za-z][A-Za-z0-9-]*$/.test(text)) {
    return no(
      'a stack name has only letters, digits and hyphens',
      `try ${text.replace(/[^A-Za-z0-9]+/g, '-').replace(/-+$/, '')}`,
    );
  }
  return ok;
}

export function oneOf(allowed: readonly string[]): (text: string) => Verdict {
  return (text) =>
    allowed.includes(text)
      ? ok
      : no(
          `"${text}" is not one of ${allowed.length > 6 ? `the ${allowed.length} allowed values` : allowed.join(', ')}`,
          `did you mean ${nearest(text, allowed)}?`,
        );
}

export function checkSize(text: string, others: Partial<Parameters>): Verdict {
  const [min, max] = others.blueprint === 'fleet' ? [1, 256] : [2, 256];
  if (!/^\d+$/.test(text)) return no('it is a whole number', `type a number from ${min} to ${max}`);
  const n = Number(text);
  if (n < min || n > max)
    return no(`${n} is outside ${min} to ${max}`, `the nearest is ${n < min ? min : max}`);
  return ok;
}

/** The default VPC of every region is 172.31.0.0/16 (Amazon VPC user guide, "Default VPC components"). */
const DEFAULT_VPC = '172.31.0.0/16';

export function checkDockerCidr(text: string): Verdict {
  const parsed = parseCidr(text);
  if (!('net' in parsed)) return no(parsed.why, parsed.hint);
  const { net } = parsed;
  if (overlaps(net, known('192.168.0.0/16')))
    return no(
      'fleet uses 192.168/16 internally',
      'choose inside 10.0.0.0/8 or 172.16.0.0/12, such as 172.24.0.0/16',
    );
  if (!within(net, known('10.0.0.0/8')) && !within(net, known('172.16.0.0/12')))
    return no(
      'it is outside 10/8 and 172.16/12',
      'choose inside 10.0.0.0/8 or 172.16.0.0/12, such as 172.24.0.0/16',
    );
  if (overlaps(net, known(DEFAULT_VPC)))
    return no(`it overlaps the default VPC, ${DEFAULT_VPC}`, 'choose another, such as 172.24.0.0/16');
  if (net.bits > 23)
    return no(
      `a /${net.bits} leaves flannel no room: it gives each node a /24 of it`,
      'use a /16, or at most a /22 for the smallest cluster',
    );
  return ok;
}

export function checkSshFrom(text: string): Verdict {
  if (text === '') return ok;
  const parsed = parseCidr(text);
  if (!('net' in parsed)) return no(parsed.why, parsed.hint);
  if (parsed.net.bits === 0) return { ok: true, warning: 'SSH will be open to the whole internet' };
  return ok;
}

export function checkUrl(what: string): (text: string) => Verdict {
  return (text) => {
    let url: URL;
    try {
      url = new URL(text);
    } catch {
      return no(`"${text}" is not an address`, `write ${what} as https://…`);
    }
    if (url.protocol !== 'http:' && url.protocol !== 'https:')
      return no(`${url.protocol} is not http or https`, `write ${what} as https://…`);
    // The cloud-config holds it as a bare YAML word.
    if (/[^\x21-\x7e]|["'\\]|:$/.test(text))
      return no('it has blanks, quotes or backslashes, or ends in a colon', 'copy the address again');
    return ok;
  };
}

export const whenTyped =
  (check: (text: string) => Verdict) =>
  (text: string): Verdict =>
    text === '' ? ok : check(text);

/** EC2 key pair names: up to 255 ASCII characters, none at the ends blank (EC2 API reference, CreateKeyPair). */
export function checkKeyPairName(text: string): Verdict {
  if (text === '') return no('a key pair needs a name', 'type a name such as coreos');
  if (text.length > 255) return no('a key pair name has at most 255 characters', 'shorten it');
  if (!/^[\x20-\x7e]+$/.test(text))
    return no('a key pair name is plain ASCII', 'use letters, digits, - and _');
  if (text.trim() !== text) return no('it begins or ends with a blank', `try ${text.trim()}`);
  return ok;
}

export function checkImages(text: string): Verdict {
  const parsed = parseImages(text);
  return 'why' in parsed
    ? no(
        parsed.why,
        'an AMI id is ami- and 8 or 17 hexadecimal digits; a map is written us-east-1=ami-…,eu-west-1=ami-…',
      )
    : ok;
}

/** Sizes EC2 takes for gp3 (EC2 API reference, EbsBlockDevice), from what a CoreOS image needs. */
export function checkVolume(text: string): Verdict {
  const [min, max] = [8, 16_384];
  if (!/^\d+$/.test(text)) return no('it is a whole number of GiB', `type a number from ${min} to ${max}`);
  const n = Number(text);
  if (n < min || n > max)
    return no(`${n} GiB is outside ${min} to ${max}`, `the nearest is ${n < min ? min : max}`);
  return ok;
}

export const isAwsId = (kind: 'vpc' | 'subnet', text: string): boolean =>
  new RegExp(`^${kind}-(?:[0-9a-f]{8}|[0-9a-f]{17})$`).test(text);

export function checkSubnets(text: string, others: Partial<Parameters>): Verdict {
  const vpc = others.vpc ?? null;
  if (text === '')
    return vpc === null
      ? ok
      : no(`which subnets of ${vpc} to use is not said`, 'give them with --subnets subnet-…,subnet-…');
  if (vpc === null) return no('subnets belong to a VPC, and none is given', 'give it with --vpc vpc-…');
  const ids = text.split(',');
  const strange = ids.find((id) => !isAwsId('subnet', id));
  if (strange !== undefined)
    return no(
      `"${strange}" is not a subnet id`,
      'write subnet ids (subnet- and 8 or 17 hexadecimal digits) with commas between',
    );
  if (new Set(ids).size < ids.length) return no('a subnet is named twice', 'name each subnet once');
  return ok;
}

export function checkBinaries(text: string): Verdict {
  const parsed = parseBinarySources(text);
  if ('sources' in parsed) return ok;
  return no(
    parsed.why,
    parsed.source === null
      ? 'write https://HOST/PATH, or kubernetes=https://HOST/PATH,third-party=https://HOST/PATH'
      : `did you mean ${nearest(parsed.source, SOURCE_NAMES)}?`,
  );
}

export const wordOf =
  (what: string, allowed: readonly string[]) =>
  (text: string): Verdict =>
    allowed.includes(text) ? ok : no(`"${text}" is not ${what}`, `did you mean ${nearest(text, allowed)}?`);
