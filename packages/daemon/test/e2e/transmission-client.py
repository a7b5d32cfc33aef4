"""Drives a peer with python3-transmissionrpc: PORT SECRET TORRENT FOLDER. Prints what it found as JSON."""
import base64
import json
import sys

import transmissionrpc

port, secret, torrent, folder = sys.argv[1:]
client = transmissionrpc.Client("127.0.0.1", port=int(port), user="anybody", password=secret)
with open(torrent, "rb") as file:
    content = base64.b64encode(file.read()).decode()
added = client.add_torrent(content, download_dir=folder, paused=True)
client.change_torrent(added.id, downloadLimit=70, downloadLimited=True)
client.change_torrent(added.id, files_unwanted=[1])
got = client.get_torrent(added.id)
files = client.get_files(added.id)[added.id]
client.start_torrent(added.id)
client.stop_torrent(added.id)
client.set_session(speed_limit_up=40, speed_limit_up_enabled=True)
session = client.get_session()
found = {
    "name": got.name,
    "hash": got.hashString,
    "status": got.status,
    "limit": got.downloadLimit,
    "selected": [files[index]["selected"] for index in sorted(files)],
    "upload": session.speed_limit_up,
    "count": client.session_stats().torrentCount,
}
client.remove_torrent(added.id)
found["left"] = len(client.get_torrents())
print(json.dumps(found))
