"""libtorrent.py FOLDER: as coequal.ts beside it, by libtorrent 2, which takes the absent files as good and seeds."""

import signal
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "packages/bittorrent/test/interop/peers"))

from libtorrent_offline import exit_on_signal_or_end_of_input, open_session, tell, torrent_params  # noqa: E402

def main():
    folder = Path(sys.argv[1])
    session = open_session()
    exit_on_signal_or_end_of_input()
    handles = [
        session.add_torrent(torrent_params(str(path), str(folder / "content"), trust=True))
        for path in folder.glob("*.torrent")
    ]
    if not all(handle.status().is_seeding for handle in handles):
        sys.exit("not all of them seed")
    tell("added")
    signal.pause()


main()
