"""What hands out sockets of the network that it runs in: `python -m tests.lab.socket_source PATH`.

Whoever connects to the Unix socket at PATH gets a descriptor of a new TCP socket, not yet bound or connected. It stays
in the network of who made it, so that a process elsewhere listens and connects in here with it.
"""

from __future__ import annotations

import socket
import sys


def main(path: str) -> None:
    """Hand out sockets until we are ended."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        while True:
            asking, _ = listener.accept()
            with asking, socket.socket() as made:
                socket.send_fds(asking, [b"."], [made.fileno()])


if __name__ == "__main__":
    main(sys.argv[1])
