"""One torrent in libtorrent 2 over plain TCP, or uTP, on loopback. Writes a JSON object a line: listening, metadata,
finished (all is verified), complete (and written), found (a peer, with --discover), summary. Ends on SIGTERM, or when its standard input
does."""

import argparse
import os
import sys
import threading

import libtorrent as lt

from libtorrent_offline import (
    LOCAL,
    alerts_of,
    exit_on_signal_or_end_of_input,
    open_session,
    tell,
    tell_found,
    torrent_params,
)


def parse_arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("torrent")
    parser.add_argument("directory")
    parser.add_argument("--peer", type=int, action="append", default=[])
    parser.add_argument("--trust", action="store_true")
    parser.add_argument("--super-seed", action="store_true")
    parser.add_argument("--utp", action="store_true")
    parser.add_argument("--discover", choices=["pex", "lsd"], action="append", default=[])
    parser.add_argument("--up-limit", type=int, default=0)
    return parser.parse_args()


def serve(session, handle, arguments):
    is_finished = is_complete = False
    transport = lt.socket_type_t.utp if arguments.utp else lt.socket_type_t.tcp
    for alert in alerts_of(session):
        if isinstance(alert, lt.listen_succeeded_alert) and alert.socket_type == transport:
            tell("listening", port=alert.port)
            for port in arguments.peer:
                handle.connect_peer((LOCAL, port))
        elif isinstance(alert, lt.metadata_received_alert):
            tell("metadata")
        elif isinstance(alert, (lt.listen_failed_alert, lt.torrent_error_alert)):
            sys.exit(str(alert))
        elif isinstance(alert, (lt.torrent_checked_alert, lt.torrent_finished_alert)):
            if not is_finished and handle.status().is_seeding:
                is_finished = True
                tell("finished")
                handle.flush_cache()
        elif isinstance(alert, lt.cache_flushed_alert) and is_finished and not is_complete:
            is_complete = True
            tell("complete")


def main():
    arguments = parse_arguments()
    discover = arguments.discover
    session = open_session(arguments.up_limit, arguments.utp, "lsd" in discover)
    params = torrent_params(arguments.torrent, arguments.directory, arguments.trust, discover)
    if arguments.super_seed:
        params.flags |= lt.torrent_flags.super_seeding
    handle = session.add_torrent(params)
    if discover:
        threading.Thread(target=tell_found, args=[handle], daemon=True).start()
    exit_on_signal_or_end_of_input()
    try:
        serve(session, handle, arguments)
    finally:
        status = handle.status()
        tell(
            "summary",
            downloaded=status.total_payload_download,
            uploaded=status.total_payload_upload,
            wasted=status.total_failed_bytes + status.total_redundant_bytes,
        )
        # tearing the session down would announce `stopped` and wait
        os._exit(0 if sys.exc_info()[1] is None or sys.exc_info()[1].code == 0 else 1)


main()
