/** Owns a small HTTP server that answers AWS query requests from a script, and keeps what it was asked. */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../src/cluster/ports.ts';

export interface Answer {
  readonly status?: number;
  readonly body: string;
}

/** The form fields of one query request, `Action` among them, and its `authorization` header. */
export type Query = Readonly<Record<string, string>>;

/** Answers by action, its first letter small (`createKeyPair`), or by path for plain GETs (`/token/_config/size`). */
export type Script = Record<string, (query: Query, nth: number) => Answer>;

export interface AwsServer extends AsyncDisposable {
  readonly url: string;
  readonly asked: Query[];
  /** Take requests and answer none. */
  hang: boolean;
  /** Those of one action. */
  of(action: string): Query[];
}

/** A recorded-shape answer of test/fixtures/aws. */
export const recorded = (name: string): string =>
  readFileSync(new URL(`../fixtures/aws/${name}.xml`, import.meta.url), 'utf8');

/** CloudFormation's and STS's error shape. */
export const queryError = (code: string, message: string, status = 400): Answer => ({
  status,
  body: `<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>0f3f1b1c-2f0e-4b6f-a7f2-4d7a9f6f2a11</RequestId></ErrorResponse>`,
});

/** EC2's error shape. */
export const ec2Error = (code: string, message: string, status = 400): Answer => ({
  status,
  body: `<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>8cba4d2c-3f0e-45e5-8b0d-2f6f8c2d9f7e</RequestID></Response>`,
});

/** DescribeSecurityGroups: no launch without a stack is there. */
export const NO_GROUPS: Script[string] = () => ({
  body: '<DescribeSecurityGroupsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>1</requestId><securityGroupInfo/></DescribeSecurityGroupsResponse>',
});

export async function awsServer(script: Script): Promise<AwsServer> {
  const asked: Query[] = [];
  const counts = new Map<string, number>();
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const query = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString('utf8')));
      const key = query.Action?.replace(/^./, (first) => first.toLowerCase()) ?? request.url ?? '/';
      const nth = (counts.get(key) ?? 0) + 1;
      counts.set(key, nth);
      asked.push({ ...query, authorization: request.headers.authorization ?? '' });
      if (self.hang) return;
      const answer = script[key]?.(query, nth) ?? queryError('InvalidAction', `no script for ${key}`);
      response.writeHead(answer.status ?? 200, { 'content-type': 'text/xml;charset=UTF-8' });
      response.end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const self: AwsServer = {
    hang: false,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    of: (action) => asked.filter((query) => query.Action === action),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return self;
}

/** A clock whose sleeps take no time. */
export const instantClock: Clock = {
  now: () => 0,
  sleep: async (_ms, signal) => signal?.throwIfAborted(),
};
