"""Under which addresses this machine is reached on its local network."""

import socket
from ipaddress import ip_address


def local() -> list[str]:
    """The machine's own IPv4 addresses that others can reach, the one of the default route first."""
    found = [*_of_default_route(), *_of_host_name()]
    return [text for text in dict.fromkeys(found) if not ip_address(text).is_loopback]


def names() -> list[str]:
    """What the machine calls itself, as others may call it too: alone, and in the local domain of mDNS."""
    name = socket.gethostname().lower()
    return [name, f"{name.partition('.')[0]}.local"]


def _of_default_route() -> list[str]:
    """Connecting a UDP socket sends nothing; it only asks the kernel which way it would go."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # TEST-NET-1: nobody is there
        except OSError:
            return []
        return [probe.getsockname()[0]]


def _of_host_name() -> list[str]:
    try:
        return [str(entry[4][0]) for entry in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)]
    except OSError:
        return []
