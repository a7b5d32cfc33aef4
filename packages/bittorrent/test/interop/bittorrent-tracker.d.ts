/** The parts that the tests use of a package that brings no types. */
declare module 'bittorrent-tracker/server' {
  import type { EventEmitter } from 'node:events';
  import type { Server as HttpServer } from 'node:http';
  import type { Socket } from 'node:dgram';

  export default class Server extends EventEmitter {
    constructor(options: { readonly ws: boolean; readonly stats: boolean });
    readonly http: HttpServer;
    readonly udp4: Socket;
    readonly udp6: Socket;
    listen(
      port: number,
      host: { readonly http: string; readonly udp: string; readonly udp6: string },
    ): void;
    close(onClosed: () => void): void;
  }
}
