/**
 * The two forms of a message: the older one (`method`, `arguments`, `tag`; `result` is "success" or what went wrong), and
 * JSON-RPC 2.0, spoken since version 4.1, with batches and notifications.
 */
import { LocalFault, PeerFault } from '@coequal/base';
import { explain } from '../../peer/explain.ts';
import { snakeName, withOldNames } from './names.ts';

/** Calls of one request. */
const BATCH_LENGTH_MAX = 100;

/** Of JSON-RPC 2.0, section 5.1; the last is in the range that is left to servers. */
const ERROR = {
  parse: [-32_700, 'Parse error'],
  request: [-32_600, 'Invalid Request'],
  method: [-32_601, 'Method not found'],
  params: [-32_602, 'Invalid params'],
  server: [-32_000, 'Server error'],
} as const;
type ErrorKind = keyof typeof ERROR;

/** Answers a call; undefined: there is no such method. */
export type Run = (method: string, values: object) => Promise<object | undefined>;

/** Undefined: nobody wants an answer. */
export async function answerText(text: string, run: Run): Promise<unknown> {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return failure(null, 'parse', 'this is not JSON');
  }
  if (!Array.isArray(message)) return await answer(message, run);
  if (message.length === 0) return failure(null, 'request', 'nothing is asked');
  if (message.length > BATCH_LENGTH_MAX)
    return failure(null, 'request', `more than ${BATCH_LENGTH_MAX} calls at a time`);
  const answers: unknown[] = [];
  for (const each of message as unknown[]) {
    const one = isObject(each) && each['jsonrpc'] === '2.0' ? await answer(each, run) : invalid();
    if (one !== undefined) answers.push(one);
  }
  return answers.length > 0 ? answers : undefined;
}

async function answer(message: unknown, run: Run): Promise<unknown> {
  if (!isObject(message)) return invalid();
  return message['jsonrpc'] === undefined
    ? await answerOld(message, run)
    : await answerNew(message, run);
}

async function answerOld(message: Message, run: Run): Promise<unknown> {
  const { method, arguments: given = {}, tag } = message;
  const tagged = typeof tag === 'number' ? { tag } : {};
  const refused = (result: string): unknown => ({ arguments: {}, result, ...tagged });
  if (typeof method !== 'string') return refused('no method name');
  if (!isObject(given)) return refused('arguments must be an object');
  const name = snakeName(method);
  try {
    const result = await run(name, given);
    if (result === undefined) return refused('method name not recognized');
    return { arguments: withOldNames(name, result), result: 'success', ...tagged };
  } catch (error) {
    return refused(textOf(error));
  }
}

async function answerNew(message: Message, run: Run): Promise<unknown> {
  const { jsonrpc, method, params = {}, id } = message;
  const isNamed = id === null || typeof id === 'number' || typeof id === 'string';
  if (jsonrpc !== '2.0' || typeof method !== 'string' || (id !== undefined && !isNamed))
    return invalid();
  const told = await answerCall(method, params, id ?? null, run);
  return id === undefined ? undefined : told;
}

async function answerCall(method: string, params: unknown, id: Id, run: Run): Promise<unknown> {
  if (!isObject(params)) return failure(id, 'params', 'params must be an object');
  try {
    const result = await run(snakeName(method), params);
    return result === undefined ? failure(id, 'method') : { jsonrpc: '2.0', result, id };
  } catch (error) {
    const isOwn = error instanceof LocalFault && error.code === 'BAD_REQUEST';
    return failure(id, isOwn ? 'params' : 'server', textOf(error));
  }
}

type Message = Readonly<Record<string, unknown>>;
type Id = string | number | null;

function invalid(): unknown {
  return failure(null, 'request');
}

function failure(id: Id, kind: ErrorKind, text?: string): unknown {
  const [code, message] = ERROR[kind];
  const data = text === undefined ? {} : { data: { error_string: text } };
  return { jsonrpc: '2.0', error: { code, message, ...data }, id };
}

/** A bug is not told to who asked: it is thrown on. */
function textOf(error: unknown): string {
  if (!(error instanceof LocalFault || error instanceof PeerFault)) throw error;
  return explain(error).text;
}

function isObject(value: unknown): value is Message {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
