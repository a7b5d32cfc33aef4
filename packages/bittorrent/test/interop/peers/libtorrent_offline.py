"""libtorrent 2 for loopback: plain TCP or uTP, and no discovery but what is asked for; and how our programs tell what happens."""

import json
import os
import select
import signal
import sys
import threading
import time

import libtorrent as lt

LOCAL = "127.0.0.1"
PLAIN_ONLY = {"out_enc_policy": 2, "in_enc_policy": 2, "allowed_enc_level": 1}
NO_DISCOVERY = {"enable_dht": False, "enable_lsd": False, "enable_upnp": False, "enable_natpmp": False}
TCP_ONLY = {"enable_outgoing_utp": False, "enable_incoming_utp": False}
UTP_ONLY = {"enable_outgoing_tcp": False, "enable_incoming_tcp": False}
ALERTS = (
    lt.alert.category_t.status_notification
    | lt.alert.category_t.error_notification
    | lt.alert.category_t.storage_notification
)
DISABLED = {"lsd": lt.torrent_flags.disable_lsd, "pex": lt.torrent_flags.disable_pex}
SOURCES = {"pex": lt.peer_info.pex, "lsd": lt.peer_info.lsd}
PEERS_LOOK_S = 0.2
SIGNAL_WAIT_S = 0.1
NOTICES_MAX = 4096
# to which classes of peers an address belongs, a bit each; by default no limit holds for a local one
GLOBAL_CLASS = 1 << 0
EVERY_ADDRESS = ("0.0.0.0", "255.255.255.255")


def open_session(up_limit=0, utp=False, lsd=False):
    settings = {
        "listen_interfaces": LOCAL + ":0",
        "alert_mask": ALERTS,
        # all of them are at one address
        "allow_multiple_connections_per_ip": True,
        "upload_rate_limit": up_limit,
    }
    transport = UTP_ONLY if utp else TCP_ONLY
    session = lt.session({**settings, **PLAIN_ONLY, **NO_DISCOVERY, **transport, "enable_lsd": lsd})
    if up_limit > 0:
        classes = lt.ip_filter()
        classes.add_rule(*EVERY_ADDRESS, GLOBAL_CLASS)
        session.set_peer_class_filter(classes)
    return session


def torrent_params(source, directory, trust=False, discover=()):
    """Of a .torrent file or a magnet link, to be started at once."""
    if source.startswith("magnet:"):
        params = lt.parse_magnet_uri(source)
    else:
        params = lt.add_torrent_params()
        params.ti = lt.torrent_info(source)
    params.save_path = directory
    params.flags &= ~(lt.torrent_flags.auto_managed | lt.torrent_flags.paused)
    params.flags |= lt.torrent_flags.disable_dht
    for kind, disabled in DISABLED.items():
        if kind in discover:
            params.flags &= ~disabled
        else:
            params.flags |= disabled
    if trust:
        params.flags |= lt.torrent_flags.seed_mode
    return params


def alerts_of(session):
    """Each alert as it comes, without end; to be looked at before the next is asked for.

    Not by `session.wait_for_alert`: the binding looks into the alert that it returns when libtorrent's thread may
    have moved the queue already (a segmentation fault at start, seen with 2.0.8)."""
    has_alerts, notify = os.pipe()
    session.set_alert_fd(notify)
    while True:
        # a signal is handled between two waits, too, when another thread took it
        if select.select([has_alerts], [], [], SIGNAL_WAIT_S)[0]:
            os.read(has_alerts, NOTICES_MAX)
            yield from session.pop_alerts()


def tell_found(handle):
    """Tells, without end, of each peer that it found by PEX or LSD and is connected to: once."""
    told = set()
    while True:
        for peer in handle.get_peer_info():
            for source, bit in SOURCES.items():
                if peer.source & bit and (peer.ip, source) not in told:
                    told.add((peer.ip, source))
                    tell("found", source=source, port=peer.ip[1])
        time.sleep(PEERS_LOOK_S)


def tell(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


def exit_on_signal_or_end_of_input():
    """Raises SystemExit in the main thread."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    threading.Thread(target=end_with_parent, daemon=True).start()


def end_with_parent():
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)
