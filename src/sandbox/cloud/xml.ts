/** Owns the XML that goes out, in the shapes of AWS's two query protocols (ec2Query and awsQuery). */
import { XMLBuilder } from 'fast-xml-parser';

export type XmlValue = string | number | boolean | null | undefined | XmlObject | readonly XmlValue[];
export interface XmlObject {
  readonly [name: string]: XmlValue;
}

const builder = new XMLBuilder({
  ignoreAttributes: false,
  attributeNamePrefix: '@_',
  suppressEmptyNode: true,
});

/** XML 1.0 has no place for control characters at all, and readers turn a raw CR into LF. */
const printable = (text: string): string =>
  text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '');

/** Absent values become absent elements, never empty ones. */
function clean(value: XmlValue): unknown {
  if (typeof value === 'string') return printable(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(clean);
  return Object.fromEntries(
    Object.entries(value as XmlObject)
      .filter(([, part]) => part !== undefined && part !== null)
      .map(([name, part]) => [name, clean(part)]),
  );
}

const document = (root: XmlObject): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n${builder.build(clean(root)).replace(/\r/g, '&#xD;')}\n`;

/** A list of EC2. */
export const set = (items: readonly XmlValue[]): XmlObject => ({ item: items });
/** A list of the other services. */
export const members = (items: readonly XmlValue[]): XmlObject => ({ member: items });

export const tagSet = (tags: Readonly<Record<string, string>>): XmlObject =>
  set(Object.entries(tags).map(([key, value]) => ({ key, value })));

export const iso = (time: number): string => new Date(time).toISOString();

export interface Protocol {
  /** Content-Type of what it writes. */
  readonly type: string;
  answer(action: string, result: XmlObject, requestId: string): string;
  error(code: string, message: string, status: number, requestId: string): string;
}

const XML_TYPE = 'text/xml;charset=UTF-8';

export const ec2Protocol: Protocol = {
  type: XML_TYPE,
  answer: (action, result, requestId) =>
    document({
      [`${action}Response`]: {
        '@_xmlns': 'http://ec2.amazonaws.com/doc/2016-11-15/',
        requestId,
        ...result,
      },
    }),
  error: (code, message, _status, requestId) =>
    document({ Response: { Errors: { Error: { Code: code, Message: message } }, RequestID: requestId } }),
};

export const queryProtocol = (xmlns: string): Protocol => ({
  type: XML_TYPE,
  answer: (action, result, requestId) =>
    document({
      [`${action}Response`]: {
        '@_xmlns': xmlns,
        [`${action}Result`]: result,
        ResponseMetadata: { RequestId: requestId },
      },
    }),
  error: (code, message, status, requestId) =>
    document({
      ErrorResponse: {
        '@_xmlns': xmlns,
        Error: { Type: status >= 500 ? 'Receiver' : 'Sender', Code: code, Message: message },
        RequestId: requestId,
      },
    }),
});
