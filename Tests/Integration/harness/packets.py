"""Frames made by hand and sent from inside a network namespace: what no honest stack would send."""

import socket
import struct
import time

ETH_P_ALL = 3


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def raw(netns, link):
    """A packet socket on one link of a namespace."""
    made = netns.call(socket.socket, socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    made.bind((link, ETH_P_ALL))
    return made


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def syn(source, target, port, local_port=40000):
    """An IPv4 packet that opens a TCP connection."""
    addresses = socket.inet_aton(source) + socket.inet_aton(target)
    head = struct.pack("!HHIIBBHHH", local_port, port, 1, 0, 5 << 4, 2, 1024, 0, 0)
    sum_ = checksum(addresses + struct.pack("!BBH", 0, socket.IPPROTO_TCP, len(head)) + head)
    segment = head[:16] + struct.pack("!H", sum_) + head[18:]
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(segment), 1, 0, 64, socket.IPPROTO_TCP, 0) + addresses
    return ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:] + segment


def datagram(source, target, port, payload, local_port=40000):
    """An IPv4 packet with a UDP datagram, without a checksum."""
    segment = struct.pack("!HHHH", local_port, port, 8 + len(payload), 0) + payload
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(segment), 1, 0, 64, socket.IPPROTO_UDP, 0) + (
        socket.inet_aton(source) + socket.inet_aton(target))
    return ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:] + segment


def send(netns, link, destination, packet, tags=(), protocol=0x0800):
    """Sends a packet to a link-layer address, in a frame with VLAN tags of these ids."""
    with raw(netns, link) as made:
        own = made.getsockname()[4]
        made.send(destination + own + b"".join(struct.pack("!HH", 0x8100, tag) for tag in tags)
                  + struct.pack("!H", protocol) + packet)


def answers_syn(netns, link, destination, source, target, port, tags=(), seconds=0.7):
    """Whether a SYN for `target`, sent to the link-layer address `destination`, is answered.

    `tags` are VLAN ids to put around it.
    """
    with raw(netns, link) as made:
        own = made.getsockname()[4]
        frame = destination + own + b"".join(struct.pack("!HH", 0x8100, tag) for tag in tags)
        deadline = time.monotonic() + seconds
        made.settimeout(0.1)
        made.send(frame + b"\x08\x00" + syn(source, target, port))
        while time.monotonic() < deadline:
            try:
                data = made.recv(2048)
            except TimeoutError:
                continue
            # From the port, to ours, SYN and ACK.
            if data[12:14] == b"\x08\x00" and data[23] == 6 and data[34:38] == struct.pack("!HH", port, 40000):
                if data[47] & 0x12 == 0x12:
                    return True
        return False


def router_advertisement(source="fe80::bad", prefix="2001:db8:bad::"):
    """An ICMPv6 router advertisement for all nodes, with a prefix for addresses (RFC 4861)."""
    addresses = socket.inet_pton(socket.AF_INET6, source) + socket.inet_pton(socket.AF_INET6, "ff02::1")
    option = struct.pack("!BBBBIII", 3, 4, 64, 0xC0, 86400, 14400, 0) + socket.inet_pton(socket.AF_INET6, prefix)
    body = struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0) + option
    pseudo = addresses + struct.pack("!II", len(body), socket.IPPROTO_ICMPV6)
    body = body[:2] + struct.pack("!H", checksum(pseudo + body)) + body[4:]
    head = struct.pack("!IHBB", 6 << 28, len(body), socket.IPPROTO_ICMPV6, 255)
    return b"\x33\x33\0\0\0\x01" + b"\x02\x42\x0a\0\0\x99" + b"\x86\xdd" + head + addresses + body
