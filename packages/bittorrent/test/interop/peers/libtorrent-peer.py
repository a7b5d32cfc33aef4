"""One torrent in libtorrent 2 over plain TCP on loopback. Writes a JSON object a line: listening, metadata,
finished (all is verified), complete (and written), summary. Ends on SIGTERM, or when its standard input
does."""

import argparse
import json
import os
import signal
import sys
import threading

import libtorrent as lt

LOCAL = "127.0.0.1"
# the binding looks for signals only between two waits
WAIT_MS = 100
PLAIN_ONLY = {"out_enc_policy": 2, "in_enc_policy": 2, "allowed_enc_level": 1}
NO_DISCOVERY = {"enable_dht": False, "enable_lsd": False, "enable_upnp": False, "enable_natpmp": False}
ALERTS = (
    lt.alert.category_t.status_notification
    | lt.alert.category_t.error_notification
    | lt.alert.category_t.storage_notification
)
# to which classes of peers an address belongs, a bit each; by default no limit holds for a local one
GLOBAL_CLASS = 1 << 0
EVERY_ADDRESS = ("0.0.0.0", "255.255.255.255")
TCP_ONLY = {"enable_outgoing_utp": False, "enable_incoming_utp": False}


def parse_arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("torrent")
    parser.add_argument("directory")
    parser.add_argument("--peer", type=int, action="append", default=[])
    parser.add_argument("--trust", action="store_true")
    parser.add_argument("--up-limit", type=int, default=0)
    return parser.parse_args()


def tell(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


def open_session(up_limit):
    settings = {
        "listen_interfaces": LOCAL + ":0",
        "alert_mask": ALERTS,
        # all of them are at one address
        "allow_multiple_connections_per_ip": True,
        "upload_rate_limit": up_limit,
    }
    session = lt.session({**settings, **PLAIN_ONLY, **NO_DISCOVERY, **TCP_ONLY})
    if up_limit > 0:
        classes = lt.ip_filter()
        classes.add_rule(*EVERY_ADDRESS, GLOBAL_CLASS)
        session.set_peer_class_filter(classes)
    return session


def add_torrent(session, arguments):
    if arguments.torrent.startswith("magnet:"):
        params = lt.parse_magnet_uri(arguments.torrent)
    else:
        params = lt.add_torrent_params()
        params.ti = lt.torrent_info(arguments.torrent)
    params.save_path = arguments.directory
    params.flags &= ~(lt.torrent_flags.auto_managed | lt.torrent_flags.paused)
    params.flags |= lt.torrent_flags.disable_dht | lt.torrent_flags.disable_lsd | lt.torrent_flags.disable_pex
    if arguments.trust:
        params.flags |= lt.torrent_flags.seed_mode
    return session.add_torrent(params)


def end_with_parent():
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


def serve(session, handle, arguments):
    is_finished = is_complete = False
    while True:
        session.wait_for_alert(WAIT_MS)
        for alert in session.pop_alerts():
            if isinstance(alert, lt.listen_succeeded_alert) and alert.socket_type == lt.socket_type_t.tcp:
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
    session = open_session(arguments.up_limit)
    handle = add_torrent(session, arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    threading.Thread(target=end_with_parent, daemon=True).start()
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
