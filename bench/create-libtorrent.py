"""Makes a .torrent by libtorrent 2: create-libtorrent.py v1|v2|hybrid PIECE_LENGTH PATH OUTPUT"""

import os
import sys

import libtorrent as lt

# create_torrent::v1_only, which the binding of 2.0.8 lacks
V1_ONLY = 1 << 6
FLAGS = {"v1": V1_ONLY, "v2": lt.create_torrent_flags_t.v2_only, "hybrid": 0}


def main():
    version, piece_length, path, output = sys.argv[1:]
    files = lt.file_storage()
    lt.add_files(files, path)
    torrent = lt.create_torrent(files, int(piece_length), flags=FLAGS[version])
    lt.set_piece_hashes(torrent, os.path.dirname(path))
    with open(output, "wb") as file:
        file.write(lt.bencode(torrent.generate()))


main()
