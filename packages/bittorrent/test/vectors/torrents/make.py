#!/usr/bin/python3
"""Makes the torrents beside this file, and expected.json: how libtorrent reads them. See README.md."""

import json
import os
import shutil
import subprocess
import tempfile

import libtorrent as lt

HERE = os.path.dirname(os.path.abspath(__file__))
PIECE_LENGTH = 16_384
LENGTHS = {
    "a/x": 20_000,
    "a.txt": 40_000,
    "b/empty": 0,
    "b/\u00fcn\u00efcode \u2603.bin": 5,
    "c/d/e/exact": 32_768,
    "z": 17_000,
}


def content(length):
    """Byte i is (i * 7 + i // 256 + length) mod 256, as in content.ts."""
    return bytes((i * 7 + i // 256 + length) & 255 for i in range(length))


def write_content(folder):
    for path, length in LENGTHS.items():
        full = os.path.join(folder, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "wb") as file:
            file.write(content(length))


def make(root, source, flags, extra=False):
    storage = lt.file_storage()
    lt.add_files(storage, os.path.join(root, source))
    creator = lt.create_torrent(storage, PIECE_LENGTH, flags)
    if extra:
        creator.add_tracker("http://a.example/announce", 0)
        creator.add_tracker("udp://b.example:80", 0)
        creator.add_tracker("http://c.example/announce", 1)
        creator.add_url_seed("http://seed.example/files/")
        creator.add_node("router.example", 6881)
        creator.set_comment("a comment \u2603")
        creator.set_creator("make.py")
        creator.set_priv(True)
    lt.set_piece_hashes(creator, os.path.dirname(os.path.join(root, source)))
    made = creator.generate()
    if not extra:
        made.pop(b"creation date", None)
    else:
        made[b"creation date"] = 1_700_000_000
    return lt.bencode(made)


def describe(path):
    info = lt.torrent_info(path)
    hashes = info.info_hashes()
    files = info.files()
    listed = [
        {"path": files.file_path(i), "length": files.file_size(i), "offset": files.file_offset(i)}
        for i in range(files.num_files())
        if not files.file_flags(i) & lt.file_flags_t.flag_pad_file
    ]
    return {
        "infoHash": str(hashes.v1) if hashes.has_v1() else None,
        "infoHashV2": str(hashes.v2) if hashes.has_v2() else None,
        "name": info.name(),
        "pieceCount": info.num_pieces(),
        "pieceLength": info.piece_length(),
        "isPrivate": info.priv(),
        "comment": info.comment(),
        "trackers": sorted(tracker.url for tracker in info.trackers()),
        "webSeeds": [seed["url"] for seed in info.web_seeds()],
        "files": listed,
    }


def main():
    root = tempfile.mkdtemp()
    write_content(os.path.join(root, "folder"))
    maker = lt.create_torrent
    made = {
        "v1-folder": make(root, "folder", maker.v1_only),
        "v1-single": make(root, "folder/a.txt", maker.v1_only),
        "v2-folder": make(root, "folder", maker.v2_only),
        "v2-single": make(root, "folder/a.txt", maker.v2_only),
        "hybrid-folder": make(root, "folder", 0, extra=True),
        "hybrid-untailed": make(root, "folder", maker.canonical_files_no_tail_padding),
        "hybrid-single": make(root, "folder/a.txt", 0),
    }
    for name, data in made.items():
        with open(os.path.join(HERE, name + ".torrent"), "wb") as file:
            file.write(data)
    mktorrent = os.path.join(HERE, "mktorrent.torrent")
    if os.path.exists(mktorrent):
        os.remove(mktorrent)
    subprocess.run(
        ["mktorrent", "-l", "15", "-p", "-d", "-c", "by mktorrent", "-w", "http://seed.example/",
         "-a", "http://a.example/announce,http://b.example/announce", "-a", "udp://c.example:80",
         "-o", mktorrent, os.path.join(root, "folder")],
        check=True, stdout=subprocess.DEVNULL,
    )
    names = sorted(name for name in os.listdir(HERE) if name.endswith(".torrent"))
    expected = {name[:-8]: describe(os.path.join(HERE, name)) for name in names}
    with open(os.path.join(HERE, "expected.json"), "w", encoding="utf-8") as file:
        json.dump(expected, file, indent=1, ensure_ascii=False, sort_keys=True)
        file.write("\n")
    shutil.rmtree(root)


if __name__ == "__main__":
    main()
