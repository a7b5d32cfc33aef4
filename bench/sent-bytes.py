"""Watches what a process sends over TCP, by the kernel's count for each of its sockets (struct tcp_info in linux/tcp.h, asked for
by sock_diag(7)). Ten times a second it notes the time and the sum; on SIGTERM it writes all of it as a JSON object. The process is
not held up: it is the kernel that is asked."""

import json
import os
import signal
import socket
import struct
import sys
import time

INTERVAL_S = 0.1

# linux/netlink.h, linux/sock_diag.h, linux/inet_diag.h
NETLINK_SOCK_DIAG = 4
SOCK_DIAG_BY_FAMILY = 20
NLM_F_REQUEST_DUMP = 0x301
NLMSG_ERROR = 2
NLMSG_DONE = 3
INET_DIAG_INFO = 2
HEADER = struct.Struct("=IHHII")
REQUEST = struct.Struct("=BBBxI48x")
# family and state, ports and addresses, interface, cookie; expiry, queues, owner, inode
MESSAGE = struct.Struct("=4x40xQ16xI")
ATTRIBUTE = struct.Struct("=HH")
TCP_LISTEN = 10
STATES = 0xFFF & ~(1 << TCP_LISTEN)
# of tcpi_bytes_sent in struct tcp_info, since Linux 4.19
BYTES_SENT_AT = 200
RECEIVE_LENGTH = 1 << 18


def sockets(diag):
    """The cookie, inode and bytes sent of every TCP socket of this machine."""
    for family in (socket.AF_INET, socket.AF_INET6):
        request = REQUEST.pack(family, socket.IPPROTO_TCP, 1 << (INET_DIAG_INFO - 1), STATES)
        header = HEADER.pack(HEADER.size + len(request), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST_DUMP, 0, 0)
        diag.send(header + request)
        is_done = False
        while not is_done:
            data = diag.recv(RECEIVE_LENGTH)
            at = 0
            while at < len(data) and not is_done:
                length, kind, *_ = HEADER.unpack_from(data, at)
                if kind == NLMSG_ERROR:
                    sys.exit("the kernel does not tell")
                is_done = kind == NLMSG_DONE
                if not is_done:
                    yield from socket_in(data[at + HEADER.size : at + length])
                at += length + 3 & ~3


def socket_in(message):
    cookie, inode = MESSAGE.unpack_from(message)
    at = MESSAGE.size
    while at < len(message):
        length, kind = ATTRIBUTE.unpack_from(message, at)
        if kind == INET_DIAG_INFO:
            (sent,) = struct.unpack_from("=Q", message, at + ATTRIBUTE.size + BYTES_SENT_AT)
            yield cookie, inode, sent
        at += length + 3 & ~3


def inodes_of(pid):
    folder = f"/proc/{pid}/fd"
    links = []
    for name in os.listdir(folder):
        try:
            links.append(os.readlink(f"{folder}/{name}"))
        except FileNotFoundError:
            pass  # closed since it was listed
    return {int(link[len("socket:[") : -1]) for link in links if link.startswith("socket:[")}


def watch(pid, looks):
    diag = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG)
    # by cookie; what a socket that is gone had sent stays
    sent = {}
    others = set()
    due = time.monotonic()
    while True:
        at = time.monotonic()
        seen = [(cookie, inode, count) for cookie, inode, count in sockets(diag) if cookie not in others]
        # a socket without an inode belongs to nobody: not accepted yet, or closed already
        new = {cookie: inode for cookie, inode, _ in seen if inode != 0 and cookie not in sent}
        if new:
            inodes = inodes_of(pid)
            others.update(cookie for cookie, inode in new.items() if inode not in inodes)
            sent.update((cookie, 0) for cookie in new if cookie not in others)
        sent.update((cookie, count) for cookie, _, count in seen if cookie in sent)
        looks.append((at, sum(sent.values())))
        if len(looks) == 1:
            tell("watching")
        due += INTERVAL_S
        time.sleep(max(due - time.monotonic(), 0))


def tell(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    looks = []
    try:
        watch(int(sys.argv[1]), looks)
    finally:
        tell("summary", looks=looks)


main()
