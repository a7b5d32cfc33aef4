"""idle-libtorrent.py FOLDER: as idle-coequal.ts beside it, by libtorrent 2."""

import signal
import sys
import time
from pathlib import Path

import libtorrent as lt

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "packages/bittorrent/test/interop/peers"))

from libtorrent_offline import exit_on_signal_or_end_of_input, open_session, tell, torrent_params  # noqa: E402

# short beside the time that is measured
LOOK_INTERVAL_S = 0.005
DOWNLOADING = lt.torrent_status.states.downloading


def main():
    folder = Path(sys.argv[1])
    session = open_session()
    exit_on_signal_or_end_of_input()
    handles = [
        session.add_torrent(torrent_params(str(path), str(folder / "content")))
        for path in folder.glob("*.torrent")
    ]
    while not all(handle.status().state == DOWNLOADING for handle in handles):
        time.sleep(LOOK_INTERVAL_S)
    tell("added")
    signal.pause()


main()
