"""One torrent in libtorrent 2, slowly. Writes a JSON object a line, with the words of our own command: listening, and
once a second progress with `transports`."""

import argparse
import json
import time

import libtorrent as lt

# `utp_socket` of libtorrent's peer_info.flags, for which its binding has no name
UTP = 0x20000


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("torrent")
    parser.add_argument("directory")
    parser.add_argument("port", type=int)
    parser.add_argument("--peer")
    arguments = parser.parse_args()
    off = ("enable_dht", "enable_lsd", "enable_upnp", "enable_natpmp")
    session = lt.session(
        {
            **dict.fromkeys(off, False),
            "allow_multiple_connections_per_ip": True,
            "listen_interfaces": f"0.0.0.0:{arguments.port}",
            "upload_rate_limit": 8_000,
            "download_rate_limit": 2_000,
            "out_enc_policy": 2,
            "in_enc_policy": 2,
        }
    )
    params = lt.add_torrent_params()
    params.ti = lt.torrent_info(arguments.torrent)
    params.save_path = arguments.directory
    handle = session.add_torrent(params)
    print(json.dumps({"event": "listening", "port": arguments.port}), flush=True)
    if arguments.peer is not None:
        host, port = arguments.peer.rsplit(":", 1)
        handle.connect_peer((host, int(port)))
    while True:
        time.sleep(1)
        transports = {"tcp": 0, "utp": 0, "punched": 0}
        for peer in handle.get_peer_info():
            if peer.flags & (lt.peer_info.connecting | lt.peer_info.handshake):
                continue
            way = "utp" if peer.flags & UTP else "tcp"
            transports["punched" if peer.flags & lt.peer_info.holepunched else way] += 1
        print(json.dumps({"event": "progress", "transports": transports, "sources": {}}), flush=True)


main()
