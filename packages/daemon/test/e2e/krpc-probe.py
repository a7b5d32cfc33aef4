"""Asks nodes of the DHT, as a stranger would. Prints a JSON object a line.

krpc-probe.py ping PORT HOST...          for each host: where its answer came from, and its id
krpc-probe.py peers PORT HASH COUNT HOST...
                                          the peers of an info hash, once one of the hosts has so many
"""

import itertools
import json
import os
import re
import socket
import sys

RETRY_S = 0.2


def ask(host, port, query, arguments):
    """What is answered, and from where; asked again until it is."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as own:
        own.settimeout(RETRY_S)
        transaction = os.urandom(4)
        message = b"d1:ad2:id20:" + os.urandom(20) + arguments + b"e1:q%d:%s" % (len(query), query)
        message += b"2:roi1e1:t4:" + transaction + b"1:y1:qe"
        while True:
            own.sendto(message, (host, port))
            try:
                answer, address = own.recvfrom(4096)
            except (socket.timeout, ConnectionRefusedError):
                continue
            if b"1:t4:" + transaction in answer:
                return answer, address[0]


def ping(port, hosts):
    for host in hosts:
        answer, source = ask(host, port, b"ping", b"")
        id = re.search(rb"2:id20:(.{20})", answer, re.DOTALL).group(1)
        print(json.dumps({"event": "pong", "asked": host, "from": source, "id": id.hex()}), flush=True)


def peers(port, hash, count, hosts):
    for host in itertools.cycle(hosts):
        length, family = (18, socket.AF_INET6) if ":" in host else (6, socket.AF_INET)
        answer, _ = ask(host, port, b"get_peers", b"9:info_hash20:" + bytes.fromhex(hash))
        # a list of strings of one length
        values = re.search(rb"6:valuesl(.*)", answer, re.DOTALL)
        found = re.findall(rb"%d:(.{%d})" % (length, length), values.group(1), re.DOTALL) if values else []
        if len(found) >= count:
            found = [socket.inet_ntop(family, each[:-2]) for each in found]
            print(json.dumps({"event": "peers", "hosts": found}), flush=True)
            return


def main():
    what, port, *rest = sys.argv[1:]
    if what == "ping":
        ping(int(port), rest)
    else:
        hash, count, *hosts = rest
        peers(int(port), hash, int(count), hosts)


if __name__ == "__main__":
    main()
