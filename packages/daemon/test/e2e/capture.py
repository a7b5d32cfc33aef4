"""Prints each IP packet that leaves this network namespace by an interface other than loopback, one a line:
interface, protocol, source, destination, destination's port (0 if it has none), length of what TCP or UDP carries,
whether it does nothing but end a connection.
Kernels tell of their addresses by themselves (ICMPv6), so that is left out."""
import socket
import struct

ETH_P_ALL = 3
PACKET_OUTGOING = 4
NAMES = {1: "icmp", 2: "igmp", 6: "tcp", 17: "udp"}


def carried(protocol, segment):
    if protocol == 6 and len(segment) >= 14:
        port, length = struct.unpack("!H", segment[2:4])[0], len(segment) - (segment[12] >> 4) * 4
        return port, length, length == 0 and segment[13] & 5 != 0  # FIN or RST
    if protocol == 17 and len(segment) >= 8:
        return struct.unpack("!H", segment[2:4])[0], len(segment) - 8, False
    return 0, len(segment), False


def parts(packet):
    if packet[0] >> 4 == 4:
        header = (packet[0] & 15) * 4
        total = struct.unpack("!H", packet[2:4])[0]
        hosts = [socket.inet_ntop(socket.AF_INET, packet[at : at + 4]) for at in (12, 16)]
        return packet[9], hosts, packet[header : total or len(packet)]
    hosts = [socket.inet_ntop(socket.AF_INET6, packet[at : at + 16]) for at in (8, 24)]
    protocol, begin = packet[6], 40
    while protocol in (0, 43, 60):  # extension headers
        protocol, begin = packet[begin], begin + 8 + packet[begin + 1] * 8
    return protocol, hosts, packet[begin:]


receiver = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)
print("ready", flush=True)
while True:
    packet, (interface, ethertype, kind, *_) = receiver.recvfrom(65536)
    if kind != PACKET_OUTGOING or interface == "lo" or ethertype not in (0x0800, 0x86DD):
        continue
    protocol, (source, destination), segment = parts(packet)
    if protocol == 58:
        continue
    print(interface, NAMES.get(protocol, protocol), source, destination, *carried(protocol, segment), flush=True)
