"""Prints each IP packet that leaves this network namespace by an interface other than loopback, one a line:
when (milliseconds since 1970), interface, protocol, source, its port, destination, its port (0 if it has none), sequence number of the first byte that
it carries (TCP), whether it does nothing but acknowledge or end (TCP), and what TCP or UDP carries, in hexadecimal digits.
SIGTERM ends it, when it has printed all that left before, and how many packets it missed.
Kernels tell of their addresses by themselves (ICMPv6), so that is left out."""
import contextlib
import fcntl
import signal
import socket
import struct

ETH_P_ALL = 3
PACKET_OUTGOING = 4
SO_RCVBUFFORCE = 33
SIOCGSTAMP = 0x8906  # when the system saw the packet that was read last
SOL_PACKET, PACKET_STATISTICS = 263, 6
NAMES = {1: "icmp", 2: "igmp", 6: "tcp", 17: "udp"}


def carried(protocol, segment):
    if protocol == 6 and len(segment) >= 14:
        source, port, sequence = struct.unpack("!HHI", segment[:8])
        flags, payload = segment[13], segment[(segment[12] >> 4) * 4 :]
        sequence = (sequence + (flags >> 1 & 1)) % 2**32  # a SYN counts for one
        return source, port, sequence, len(payload) == 0 and flags & 2 == 0, payload
    if protocol == 17 and len(segment) >= 8:
        return *struct.unpack("!HH", segment[:4]), 0, False, segment[8:]
    return 0, 0, 0, False, segment


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
receiver.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 26)
signal.signal(signal.SIGTERM, lambda *_: receiver.setblocking(False))  # what is there is still read
with contextlib.suppress(FileNotFoundError):  # there is none yet, but from now on it looks at its clock
    fcntl.ioctl(receiver, SIOCGSTAMP, bytes(16))
print("ready", flush=True)
while True:
    try:
        packet, (interface, ethertype, kind, *_) = receiver.recvfrom(65536)
    except BlockingIOError:
        break
    if kind != PACKET_OUTGOING or interface == "lo" or ethertype not in (0x0800, 0x86DD):
        continue
    protocol, (source, destination), segment = parts(packet)
    if protocol == 58:
        continue
    from_port, port, sequence, is_bare, payload = carried(protocol, segment)
    name = NAMES.get(protocol, protocol)
    seconds, microseconds = struct.unpack("ll", fcntl.ioctl(receiver, SIOCGSTAMP, bytes(16)))
    at = seconds * 1000 + microseconds // 1000
    print(at, interface, name, source, from_port, destination, port, sequence, is_bare, payload.hex(), flush=True)
print("missed", struct.unpack("II", receiver.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))[1], flush=True)
