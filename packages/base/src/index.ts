export { Allowance } from './allowance.ts';
export type { Brand } from './brand.ts';
export {
  ByteReader,
  compareBytes,
  concatBytes,
  decodeUtf8,
  encodeUtf8,
  equalBytes,
  equalSecrets,
  formatHex,
  parseHex,
} from './bytes.ts';
export { deviceKeyBytes, deviceKeyOf, parseDeviceKey } from './device-key.ts';
export type { DeviceKey } from './device-key.ts';
export { EventLog } from './event-log.ts';
export type { Lagged, Numbered } from './event-log.ts';
export { assert, AssertionError, LocalFault, PeerFault } from './fault.ts';
export type { FaultDetails } from './fault.ts';
export { LeanMap, LeanSet } from './lean.ts';
export { isAbort, sleep, TaskGroup, untilAborted } from './lifetime.ts';
export type { Lane, LinkPath, Links, LinkStream, StreamRequest } from './links.ts';
export type { Machine } from './machine.ts';
export type {
  Cancel,
  Clock,
  Conn,
  Datagram,
  Digests,
  DigestPlan,
  Disk,
  DiskFile,
  Ed25519,
  Endpoint,
  FileStat,
  HashKind,
  Hasher,
  Http,
  HttpRequest,
  HttpResponse,
  Listener,
  Millis,
  Net,
  OpenMode,
  Ports,
  Random,
  ReadPlan,
  ScryptCost,
  SlowHash,
  Span,
  UdpPlace,
  UdpSocket,
  WriteOutcome,
  WritePlan,
} from './ports.ts';
export { joinPath, parentPath, rootPath } from './safe-path.ts';
export type { SafePath } from './safe-path.ts';
