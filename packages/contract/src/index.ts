export { ROUTES } from './routes.ts';
export type { RouteName } from './routes.ts';
export type { RequestOf, ResponseOf, Route } from './route.ts';
export { Client, RequestRefused } from './client.ts';
export type { ClientOptions } from './client.ts';
export { readPeerEvents } from './event-stream.ts';
export type { NumberedPeerEvent } from './event-stream.ts';
export { API_CODES, ApiError } from './errors.ts';
export type { ApiCode } from './errors.ts';
export { PeerEvent } from './events.ts';
export { CONTACT_PATHS, Explanation } from './fields.ts';
export { COMPARISON_STATES, DEVICE_PAIRING_STATES, IDENTITY_STATES } from './identity.ts';
export type {
  AnswerPairing,
  AnswerWordCheck,
  ChangePassPhrase,
  Comparison,
  CreatedIdentity,
  CreateIdentity,
  Device,
  DevicePairing,
  Devices,
  Identity,
  JoinDevices,
  RestoreIdentity,
  SafetyNumber,
  WordsReport,
} from './identity.ts';
export { GUEST_LINK_STATES, GUEST_REACHES } from './guest.ts';
export type { CreateGuestLink, GuestItem, GuestLink, GuestTransfer } from './guest.ts';
export { IMPORT_PROGRAM_NAMES } from './imports.ts';
export type {
  ImportItem,
  ImportPlace,
  ImportPlan,
  ImportProgram,
  ImportReport,
  PlanImport,
  RunImport,
} from './imports.ts';
export {
  ACCEPTANCE_STATES,
  CONTACT_TRUSTS,
  INVITATION_STATES,
  SPOKEN_CODE_STATES,
} from './people.ts';
export type {
  Acceptance,
  Acceptances,
  ChangeContact,
  Contact,
  ContactDevice,
  Contacts,
  ContactTrust,
  CreateInvitation,
  Gift,
  Invitation,
  InvitationReading,
  Invitations,
  Profile,
  AddressCard,
  SeenByOthers,
  SpokenCode,
} from './people.ts';
export { SETTING_DEFAULTS, SETTING_ORIGINS, Settings } from './settings.ts';
export { SETTING_WORDS } from './setting-words.ts';
export type { ChangeSettings, SettingKey, SettingOrigin, SettingsReport } from './settings.ts';
export { DOORS, PAGE_REACHES } from './remote-page.ts';
export type { Pairing, RemotePage, Session } from './remote-page.ts';
export { SCOPES } from './peer-status.ts';
export type {
  ApiKey,
  CreateTorrent,
  Creation,
  Demo,
  DoctorReport,
  Folder,
  LogEntry,
  ReachReport,
  Scope,
  Service,
  Status,
} from './peer-status.ts';
export { ratioOf } from './ratio.ts';
export { FILE_KINDS, FILE_WARNINGS, OFFER_STATES, RECEIVER_STATES, SEND_STATES } from './sends.ts';
export type {
  BeginSend,
  FileWarning,
  Inbox,
  InboxRule,
  Offer,
  OfferDetail,
  Send,
  SendReceiver,
} from './sends.ts';
export { STAGING_STATES } from './staging.ts';
export type { BeginStaging, SendStaged, StagedFile, Staging } from './staging.ts';
export { FILE_PRIORITIES, SPEED_SPANS, TRANSFER_ACTIONS, TRANSFER_STATES } from './transfers.ts';
export type {
  AddTransfer,
  Category,
  ChangeTransfer,
  FilePriority,
  Inspection,
  PeerSourceReport,
  SpeedHistory,
  Tracker,
  Transfer,
  TransferAction,
  TransferDelta,
  TransferDetail,
  TransferFile,
  TransferGoals,
  TransferLimits,
  TransferPeer,
  TransferPieces,
} from './transfers.ts';
