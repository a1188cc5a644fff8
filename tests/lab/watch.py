"""What leaves for servers: every packet of the namespace, looked at beside resolver and servers."""
import socket
import struct
import threading

import sign

ETH_P_ALL, ETH_IPV4, ETH_IPV6 = 3, 0x0800, 0x86DD
DNS_PORT = 53
ROOM = 16 << 20         # octets that may wait for this program


def to_server(frame):
    """What lies behind the IP header of a packet to port 53 of a server, else b"". Loopback is no server's."""
    kind, at, to = struct.unpack("!H", frame[12:14])[0], 14, b""
    if kind == ETH_IPV4 and frame[30] != 127:
        at, to = 14 + (frame[14] & 15) * 4, frame[30:34]
    elif kind == ETH_IPV6 and frame[38:54] != b"\0" * 15 + b"\1":
        at, to = 54, frame[38:54]
    return frame[at:] if to and frame[at + 2:at + 4] == DNS_PORT.to_bytes(2, "big") else b""


class Watch:
    """`names` is known of each question that went to a server, UDP or TCP, by the octets of its packet."""

    def __init__(self):
        self.packets = []
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ROOM)
        self.socket.bind(("lo", 0))
        self.socket.settimeout(0.2)
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.look, daemon=True)
        self.thread.start()

    def look(self):
        """Until it is over and nothing waits any more."""
        while True:
            try:
                payload = to_server(self.socket.recv(65536))
            except TimeoutError:
                if self.over.is_set():
                    return
                continue
            if payload:
                self.packets.append(payload.lower())

    def end(self):
        self.over.set()
        self.thread.join()
        self.socket.close()

    def saw(self, name):
        """Packets that hold the name, or one below it, or its like as a minimised question has it."""
        wire = sign.wire_name(name).lower()
        return sum(wire in packet for packet in self.packets)
