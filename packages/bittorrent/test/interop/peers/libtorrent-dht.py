"""A DHT node of libtorrent 2 on loopback, at the address that is given. Reads a JSON object a line from its standard input, of what to do, and
writes one for what happens: listening, peers, put, item, samples. Ends on SIGTERM, or when its standard input does."""

import json
import os
import signal
import sys
import threading

import libtorrent as lt

from libtorrent_offline import NO_DISCOVERY, TCP_ONLY, alerts_of, tell

HOST = sys.argv[1]
DHT_ON_LOOPBACK = {
    "enable_dht": True,
    "dht_bootstrap_nodes": "",
    # all nodes are at one address
    "dht_restrict_routing_ips": False,
    "dht_restrict_search_ips": False,
    "dht_ignore_dark_internet": False,
    "dht_enforce_node_id": False,
    "dht_prefer_verified_node_ids": False,
}
ALERTS = (
    lt.alert.category_t.status_notification
    | lt.alert.category_t.error_notification
    | lt.alert.category_t.dht_notification
    | lt.alert.category_t.dht_operation_notification
)


def open_session():
    place = "[%s]:0" % HOST if ":" in HOST else HOST + ":0"
    settings = {"listen_interfaces": place, "alert_mask": ALERTS}
    return lt.session({**settings, **NO_DISCOVERY, **TCP_ONLY, **DHT_ON_LOOPBACK})


def hash_of(text):
    return lt.sha1_hash(bytes.fromhex(text))


def announce(session, text):
    """As a peer of that torrent: the binding cannot call `dht_announce`, whose flags it has no type for."""
    params = lt.parse_magnet_uri("magnet:?xt=urn:btih:" + text)
    params.save_path = os.getcwd()
    params.flags &= ~(lt.torrent_flags.auto_managed | lt.torrent_flags.paused)
    tell("announcing", port=session.listen_port())
    session.add_torrent(params).force_dht_announce()


def obey(session, command):
    what = command["do"]
    if what == "add-node":
        session.add_dht_node((HOST, command["port"]))
    elif what == "announce":
        announce(session, command["hash"])
    elif what == "get-peers":
        session.dht_get_peers(hash_of(command["hash"]))
    elif what == "put":
        tell("hash", hash=str(session.dht_put_immutable_item(command["value"])))
    elif what == "get":
        session.dht_get_immutable_item(hash_of(command["hash"]))
    elif what == "put-mutable":
        secret, public = bytes.fromhex(command["secret"]), bytes.fromhex(command["public"])
        session.dht_put_mutable_item(secret, public, command["value"].encode(), command["salt"].encode())
    elif what == "get-mutable":
        session.dht_get_mutable_item(bytes.fromhex(command["public"]), command["salt"].encode())
    elif what == "sample":
        session.dht_sample_infohashes((HOST, command["port"]), hash_of(command["target"]))


def obey_input(session):
    try:
        for line in sys.stdin:
            obey(session, json.loads(line))
    finally:
        os.kill(os.getpid(), signal.SIGTERM)


def text_of(item):
    """A mutable item comes with its key, salt and signature."""
    value = item["value"] if isinstance(item, dict) else item
    return value.decode() if isinstance(value, bytes) else value


def value_of(alert):
    """The binding hands over text alone; of a dictionary, which torrents behind a key have, its message tells."""
    try:
        return text_of(alert.item)
    except RuntimeError:
        return alert.message()


def serve(session):
    for alert in alerts_of(session):
        if isinstance(alert, lt.listen_succeeded_alert) and alert.socket_type == lt.socket_type_t.udp:
            tell("listening", port=alert.port)
        elif isinstance(alert, lt.dht_get_peers_reply_alert):
            tell("peers", hash=str(alert.info_hash), ports=[port for _, port in alert.peers()])
        elif isinstance(alert, lt.dht_put_alert):
            tell("put", stored=alert.num_success)
        elif isinstance(alert, lt.dht_immutable_item_alert):
            tell("item", value=text_of(alert.item))
        elif isinstance(alert, lt.dht_mutable_item_alert):
            tell("mutable-item", value=value_of(alert), sequence=alert.seq)
        elif isinstance(alert, lt.dht_sample_infohashes_alert):
            samples = [str(each) for each in alert.samples]
            tell("samples", samples=samples, stored=alert.num_infohashes, seconds=alert.interval.total_seconds())
        elif isinstance(alert, lt.dht_bootstrap_alert):
            tell("bootstrapped")


def main():
    session = open_session()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    threading.Thread(target=obey_input, args=(session,), daemon=True).start()
    serve(session)


if __name__ == "__main__":
    main()
