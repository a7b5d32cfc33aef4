"""Has the router (first argument) map an external port (third) to the port 9999 of this computer, at the address of the
second argument: over TCP and UDP, by NAT-PMP (RFC 6886)."""

import socket
import struct
import sys

router, local, port = sys.argv[1], sys.argv[2], int(sys.argv[3])


def ask(asking, opcode):
    """The router may be starting."""
    for _ in range(40):
        asking.sendto(struct.pack("!BBHHHI", 0, opcode, 0, 9999, port, 3600), (router, 5351))
        try:
            return asking.recv(16)
        except TimeoutError:
            pass
    sys.exit("the router does not answer")


with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
    asking.bind((local, 0))
    asking.settimeout(0.25)
    for opcode in (1, 2):
        reply = ask(asking, opcode)
        assert reply[1] == 0x80 + opcode and reply[2:4] == b"\0\0", reply
        assert struct.unpack("!H", reply[10:12])[0] == port, reply
