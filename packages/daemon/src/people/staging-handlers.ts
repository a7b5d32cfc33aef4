/** The routes by which a browser hands files to its own peer. */
import { LocalFault } from '@coequal/base';
import type { BeginStaging, Send, SendStaged, StagedFile, Staging } from '@coequal/contract';
import type { Handlers } from '../api/handler.ts';

type StagingRoutes =
  | 'beginStaging'
  | 'showStaging'
  | 'showStagedFile'
  | 'putStagedFile'
  | 'sendStaged'
  | 'holdStaged'
  | 'cancelStaging';

/** Ids that are not there: LocalFault `NO_SUCH_STAGING`; not as it is now: `NOT_POSSIBLE_NOW`. */
export interface StagingDesk {
  /** LocalFault `BAD_FILE_NAME`, `NOT_ENOUGH_SPACE`, `STAGING_FULL`. */
  begin(request: BeginStaging): Promise<Staging>;
  show(id: string): Staging;
  showFile(id: string, index: number): StagedFile;
  /** LocalFault `TOO_LARGE`, `NOT_ENOUGH_SPACE`. */
  put(
    id: string,
    index: number,
    offset: number,
    bytes: AsyncIterable<Uint8Array>,
  ): Promise<StagedFile>;
  send(id: string, request: SendStaged): Promise<Send>;
  hold(id: string): Promise<Staging>;
  cancel(id: string): Promise<void>;
}

/** `desk` gives nothing while this peer is in touch with nobody. */
export function stagingHandlers(
  desk: () => StagingDesk | undefined,
): Pick<Handlers, StagingRoutes> {
  const need = (): StagingDesk => {
    const open = desk();
    if (open === undefined) throw new LocalFault('PEOPLE_OFF');
    return open;
  };
  return {
    beginStaging: ({ body }) => need().begin(body),
    showStaging: ({ params }) => need().show(params.id),
    showStagedFile: ({ params }) => need().showFile(params.id, Number(params.index)),
    putStagedFile: ({ params, query, bytes }) =>
      need().put(params.id, Number(params.index), query.offset, bytes),
    sendStaged: ({ params, body }) => need().send(params.id, body),
    holdStaged: ({ params }) => need().hold(params.id),
    async cancelStaging({ params }) {
      await need().cancel(params.id);
      return {};
    },
  };
}
